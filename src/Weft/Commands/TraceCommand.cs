using System.CommandLine;
using Weft.Cli.Help;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft trace CONFIG --port P --packet HEX|FILE</c>: what would happen to a packet, stage by stage.</summary>
internal static class TraceCommand
{
    public static Command Create()
    {
        var command = new Command("trace", "Say what would happen to a packet, stage by stage. Sends nothing and changes nothing.");
        var configuration = new ConfigurationArgument(command);
        var port = new Option<string>("--port", "-p") { Description = "Port that the packet enters.", Required = true, HelpName = "name" };
        var packet = new Option<string>("--packet") { Description = "The packet from its Ethernet header on: hexadecimal digits, a file of them, or a capture.", Required = true, HelpName = "hex|file" };
        var frame = new Option<int>("--frame") { Description = "Which frame of a capture.", DefaultValueFactory = _ => 1 };
        var replay = new Option<bool>("--replay") { Description = "First play the configuration's captures, without writing any, so that the switch has learned what they teach." };
        var running = new Option<bool>("--running") { Description = "Ask the running switch of this configuration, with all it has learned, over its control socket." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        _ = port.Offers(parsed => KnownNames.PortsIn(configuration.PathOrNull(parsed)));
        foreach (Option option in new Option[] { port, packet, frame, replay, running, json })
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            if (configuration.Load(parsed) is not SwitchPlan plan)
            {
                return ExitCode.Refused;
            }

            try
            {
                byte[] bytes = TracePacket.Read(parsed.GetRequiredValue(packet), parsed.GetValue(frame));
                string name = parsed.GetRequiredValue(port);
                SwitchSnapshot? state = parsed.GetValue(replay) ? await Replay(plan, cancellation).ConfigureAwait(false) : null;
                PacketTrace trace = parsed.GetValue(running)
                    ? await AskRunning(plan, name, bytes, cancellation).ConfigureAwait(false)
                    : PacketTracer.Trace(plan, name, bytes, state);
                Console.Out.Write(parsed.GetValue(json) ? SnapshotJson.Serialize(trace, indented: true) + "\n" : trace.ToText());
                return ExitCode.Success;
            }
            catch (Exception refused) when (refused is FormatException or ArgumentException)
            {
                Console.Error.WriteLine(refused.Message);
                return ExitCode.Refused;
            }
            catch (Exception unavailable) when (unavailable is ControlException or SwitchStartException)
            {
                Console.Error.WriteLine(unavailable.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }

    private static Task<PacketTrace> AskRunning(SwitchPlan plan, string port, byte[] packet, CancellationToken cancellation) =>
        plan.ControlSocket is string socket
            ? ControlClient.TraceAsync(socket, port, packet, cancellation)
            : throw new ArgumentException("The configuration has no switch.controlSocket, so its running switch cannot be asked.");

    private static async Task<SwitchSnapshot> Replay(SwitchPlan plan, CancellationToken cancellation)
    {
        if (plan.Ports.Any(port => port.Kind is not (PortKind.Pcap or PortKind.Bond)))
        {
            throw new ArgumentException("Only a configuration of capture files can be replayed; ask a live switch with --running.");
        }

        SwitchPlan silent = plan with { ControlSocket = null, Ports = plan.Ports.Select(port => port with { WritePath = null }).ToArray() };
        return (await SwitchHost.RunAsync(silent, cancellation).ConfigureAwait(false)).Final;
    }
}
