private import Commands

Start.run()
