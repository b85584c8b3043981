"""Why a model answers as it does: SHAP values, interactions, importances, and pictures of them."""
