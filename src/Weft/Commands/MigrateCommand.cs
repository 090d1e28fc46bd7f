using System.CommandLine;
using System.Globalization;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft migrate MACHINE --to HOST --socket PATH</c>: moves a machine with the state of its services to another host, or says where it is when nobody else can.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var machine = new Argument<string>("MACHINE") { HelpName = "MACHINE", Description = "The machine (machines[].name)." };
        var to = new Option<string>("--to") { Description = "The other host (moves.hosts[].name).", HelpName = "host" };
        var settle = new Option<string>("--settle") { Description = "Instead: end a move whose target has been silent since it was told to take over. here: it is dead, and the machine goes on here; there: it has the machine.", HelpName = "where" };
        _ = settle.AcceptOnlyFromAmong("here", "there");
        var socket = ControlSocket.Option();
        var command = new Command("migrate", "Move a machine with the state of its services to another host, while its connections go on.") { machine, to, settle, socket };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetResult(to) is null == parsed.GetResult(settle) is null)
            {
                parsed.AddError("one of --to and --settle is needed");
            }
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                (string path, string name) = (parsed.GetRequiredValue(socket), parsed.GetRequiredValue(machine));
                if (parsed.GetValue(settle) is string where)
                {
                    MoveSnapshot settled = await ControlClient.SettleMoveAsync(path, name, where == "here", cancellation).ConfigureAwait(false);
                    Console.Out.WriteLine($"{settled.Machine} {(settled.State == "moved" ? $"has moved to {settled.To}" : "stays here")}");
                    return ExitCode.Success;
                }

                return Tell(await ControlClient.MigrateAsync(path, name, parsed.GetRequiredValue(to), cancellation).ConfigureAwait(false));
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
            $"{move.Machine} has moved to {move.To}, epoch {move.Epoch}: {move.Bytes} bytes in {move.Rounds} rounds, {move.FrozenBytes} of them in {move.FrozenMilliseconds:0.0} ms (of {move.FrozenBoundMilliseconds:0.0} that they may take) during which {move.HeldPackets} packets were held"));
        return ExitCode.Success;
    }
}
