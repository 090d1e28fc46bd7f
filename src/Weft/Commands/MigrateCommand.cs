using System.CommandLine;
using System.Globalization;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft migrate MACHINE --to HOST --socket PATH</c>: moves a machine with the state of its services to another host.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var machine = new Argument<string>("MACHINE") { HelpName = "MACHINE", Description = "The machine (machines[].name)." };
        var to = new Option<string>("--to") { Description = "The other host (moves.hosts[].name).", Required = true, HelpName = "host" };
        var socket = new Option<string>("--socket", "-s") { Description = "The switch's control socket (switch.controlSocket).", Required = true, HelpName = "path" };
        var command = new Command("migrate", "Move a machine with the state of its services to another host, while its connections go on.") { machine, to, socket };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                MoveSnapshot move = await ControlClient.MigrateAsync(parsed.GetRequiredValue(socket), parsed.GetRequiredValue(machine), parsed.GetRequiredValue(to), cancellation).ConfigureAwait(false);
                return Tell(move);
            }
            catch (ControlException refused)
            {
                Console.Error.WriteLine(refused.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }

    private static int Tell(MoveSnapshot move)
    {
        if (move.Failure is not null)
        {
            Console.Error.WriteLine($"the move of {move.Machine} to {move.To} was given up: {move.Failure}; the machine stays here");
            return ExitCode.Unavailable;
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{move.Machine} has moved to {move.To}, epoch {move.Epoch}: {move.Bytes} bytes in {move.Rounds} rounds, {move.FrozenBytes} of them in {move.FrozenMilliseconds:0.0} ms during which {move.HeldPackets} packets were held"));
        return ExitCode.Success;
    }
}
