def uninstall_hook(env):
    """Remove the signs that companies copied: nobody can recognise them any more."""
    signs = env["winback.sign"].with_context(active_test=False)
    signs.search([("detector", "=", "winback.sign.low_nps")]).unlink()
