using System.CommandLine;
using Weft.Cli.Views;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft top --socket PATH</c>: rates of a running switch, live in a terminal, as text elsewhere.</summary>
internal static class TopCommand
{
    public static Command Create()
    {
        var socket = ControlSocket.Option();
        var interval = new Option<double>("--interval", "-i") { Description = "Seconds between two pictures, 0.1 to 3600.", DefaultValueFactory = _ => 1, HelpName = "seconds" };
        var once = new Option<bool>("--once") { Description = "Print one picture as text and end." };
        interval.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.1 and <= 3600))
            {
                result.AddError("--interval is a number of seconds from 0.1 to 3600");
            }
        });
        var command = new Command("top", "Show rates of a running switch: ports, drops by reason, tunnels, workers. In a terminal the picture renews itself until 'q' or Ctrl-C.") { socket, interval, once };
        command.SetAction(async parsed =>
        {
            try
            {
                using var screen = LiveScreen.Open(isWanted: !parsed.GetValue(once));
                await ShowAsync(parsed.GetRequiredValue(socket), TimeSpan.FromSeconds(parsed.GetValue(interval)), parsed.GetValue(once), screen).ConfigureAwait(false);
                return ExitCode.Success;
            }
            catch (ControlException unreachable)
            {
                // Behind the screen, which is closed by now.
                Console.Error.WriteLine(unreachable.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }

    private static async Task ShowAsync(string socket, TimeSpan interval, bool once, LiveScreen screen)
    {
        SwitchSnapshot before = await ControlClient.ShowAsync(socket, ShowTopic.Ports).ConfigureAwait(false);
        if (!once && screen.IsLive)
        {
            screen.Draw((width, height) => TopView.Lines(new Rates(before, before), width, height));
        }

        while (await screen.WaitAsync(interval).ConfigureAwait(false))
        {
            SwitchSnapshot after = await ControlClient.ShowAsync(socket, ShowTopic.Ports).ConfigureAwait(false);
            var rates = new Rates(before, after);
            screen.Draw((width, height) => TopView.Lines(rates, width, height));
            before = after;
            if (once)
            {
                return;
            }
        }
    }
}
