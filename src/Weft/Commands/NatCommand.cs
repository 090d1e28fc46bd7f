using System.CommandLine;
using Weft.Host.Control;
using Weft.Host.Datapath.Keeping;
using Weft.Packets;

namespace Weft.Cli.Commands;

/// <summary><c>weft nat export|import|move --socket PATH</c>: takes the flows of a machine along when it moves to another host.</summary>
internal static class NatCommand
{
    public static Command Create() => new("nat", "Move the flows of machines between hosts.") { Export(), Import(), Move() };

    private static Command Export()
    {
        Argument<string> machine = Machine();
        Argument<string> file = FileArgument("Where the flows are written.");
        Option<string> socket = Socket(), nat = Nat();
        var command = new Command("export", "Write the flows of a machine to a file. Nothing changes here.") { machine, file, socket, nat };
        command.SetAction((parsed, cancellation) => Run(async () =>
        {
            byte[] flows = await ControlClient.ExportMachineAsync(parsed.GetRequiredValue(socket), parsed.GetValue(nat), parsed.GetRequiredValue(machine), cancellation).ConfigureAwait(false);
            Keep(parsed.GetRequiredValue(file), flows);
        }));
        return command;
    }

    /// <summary>Whoever finds the file finds all flows. What is no ordinary file, a device or a pipe, has nothing that could be replaced.</summary>
    private static void Keep(string path, byte[] flows)
    {
        path = Path.GetFullPath(path);
        if (path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal))
        {
            File.WriteAllBytes(path, flows);
            return;
        }

        path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (new FileInfo(path) is { Exists: true, Length: 0 })
        {
            using var device = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            if (!device.CanSeek)
            {
                device.Write(flows);
                return;
            }
        }

        AtomicFile.Write(path, flows);
    }

    private static Command Import()
    {
        Argument<string> file = FileArgument("What 'export' wrote.");
        Option<string> socket = Socket(), nat = Nat();
        var command = new Command("import", "Take the flows of a machine over, which keep their external endpoints.") { file, socket, nat };
        command.SetAction((parsed, cancellation) => Run(async () =>
        {
            byte[] flows = await File.ReadAllBytesAsync(parsed.GetRequiredValue(file), cancellation).ConfigureAwait(false);
            await ControlClient.ImportMachineAsync(parsed.GetRequiredValue(socket), parsed.GetValue(nat), flows, cancellation).ConfigureAwait(false);
        }));
        return command;
    }

    private static Command Move()
    {
        Argument<string> machine = Machine();
        var host = new Argument<string>("HOST") { HelpName = "HOST", Description = "Tunnel address of the host where the machine is now (nat[].tunnel.address there)." };
        host.Validators.Add(result =>
        {
            if (!IPv6Address.TryParse(result.Tokens[0].Value, out _))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no IPv6 address");
            }
        });
        Option<string> socket = Socket(), nat = Nat();
        var command = new Command("move", "End a machine's flows here, and send what still comes for them on to the host where it is now.") { machine, host, socket, nat };
        command.SetAction((parsed, cancellation) => Run(() =>
            ControlClient.MoveMachineAsync(parsed.GetRequiredValue(socket), parsed.GetValue(nat), parsed.GetRequiredValue(machine), parsed.GetRequiredValue(host), cancellation)));
        return command;
    }

    private static Argument<string> Machine()
    {
        var machine = new Argument<string>("MACHINE") { HelpName = "MACHINE", Description = "IPv4 address of the machine." };
        machine.Validators.Add(result =>
        {
            if (!IPv4Address.TryParse(result.Tokens[0].Value, out _))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no IPv4 address");
            }
        });
        return machine;
    }

    private static Argument<string> FileArgument(string description) => new("FILE") { HelpName = "FILE", Description = description };

    private static Option<string> Socket() => ControlSocket.Option();

    private static Option<string> Nat() => new("--nat") { Description = "Name of the NAT; needless if there is but one.", HelpName = "name" };

    private static async Task<int> Run(Func<Task> act)
    {
        try
        {
            await act().ConfigureAwait(false);
            return ExitCode.Success;
        }
        catch (Exception refused) when (refused is ControlException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(refused.Message);
            return ExitCode.Unavailable;
        }
    }
}
