SABOTAGE = ()


def run(trial):
    pass
