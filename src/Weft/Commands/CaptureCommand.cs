using System.CommandLine;
using System.Runtime.InteropServices;
using Weft.Cli.Help;
using Weft.Host.Control;
using Weft.Host.Observe.Captures;

namespace Weft.Cli.Commands;

/// <summary><c>weft capture --socket PATH -w FILE</c>: frames of a running switch, each with what happened to it.</summary>
internal static class CaptureCommand
{
    private const string StandardOutput = "-";

    public static Command Create()
    {
        var socket = ControlSocket.Option();
        var write = new Option<string>("--write", "-w") { Description = "Where to write pcapng; '-' for standard output, as in '-w - | tshark -r -'.", Required = true, HelpName = "file" };
        var port = new Option<string?>("--port", "-p") { Description = "Frames that this port receives or sends; with --stage or --drop-reason those that came through it.", HelpName = "name" };
        var direction = new Option<CaptureDirection>("--direction") { Description = "At ports: both, in or out.", DefaultValueFactory = _ => CaptureDirection.Both, HelpName = "both|in|out" };
        var stage = new Option<string?>("--stage") { Description = "Frames in front of this stage, such as bridge or encap.", HelpName = "name" };
        var reason = new Option<string?>("--drop-reason") { Description = "Frames that are dropped for this reason, or for any.", HelpName = "name|any" };
        var filter = new Option<string?>("--filter", "-f") { Description = "Frames that fit, in the language of tcpdump: 'host 192.0.2.1 and tcp port 443'.", HelpName = "expression" };
        var count = new Option<long?>("--count", "-c") { Description = "End after so many frames.", HelpName = "n" };
        var seconds = new Option<double?>("--seconds") { Description = "End after so many seconds.", HelpName = "n" };
        var snapLength = new Option<int>("--snaplen") { Description = "Keep so many bytes of each frame.", DefaultValueFactory = _ => CaptureRequest.MaxSnapLength, HelpName = "bytes" };
        _ = port.Offers(parsed => KnownNames.PortsOf(parsed.GetValue(socket)));
        _ = stage.Offers(parsed => KnownNames.StagesOf(parsed.GetValue(socket)));
        _ = reason.Offers(_ => KnownNames.DropReasonNames.Prepend(CaptureRequest.AnyReason));
        _ = direction.Offers(_ => ["both", "in", "out"]);
        var command = new Command("capture", "Capture frames in a running switch as pcapng, each with a comment that says what happened to it. Ctrl-C ends it.") { socket, write, port, direction, stage, reason, filter, count, seconds, snapLength };
        command.SetAction(async parsed =>
        {
            var request = new CaptureRequest
            {
                Port = parsed.GetValue(port),
                Direction = parsed.GetValue(direction),
                Stage = parsed.GetValue(stage),
                DropReason = parsed.GetValue(reason),
                Filter = parsed.GetValue(filter),
                Count = parsed.GetValue(count),
                Seconds = parsed.GetValue(seconds),
                SnapLength = parsed.GetValue(snapLength),
            };
            return await RunAsync(parsed.GetRequiredValue(socket), request, parsed.GetRequiredValue(write)).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(string socket, CaptureRequest request, string path)
    {
        using var end = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        bool toReader = path == StandardOutput;
        try
        {
            await using Stream destination = toReader ? Console.OpenStandardOutput() : new LateFile(path);
            CaptureSummary? summary = await ControlClient.CaptureAsync(socket, request, destination, end.Token).ConfigureAwait(false);
            await Console.Error.WriteLineAsync(summary is null ? "the switch ended; what it had captured is written" : Sentence(summary)).ConfigureAwait(false);
            return ExitCode.Success;
        }
        catch (ControlException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message).ConfigureAwait(false);
            return ExitCode.Unavailable;
        }
        catch (CaptureOutputException gone) when (toReader)
        {
            await Console.Error.WriteLineAsync($"nobody reads any more: {gone.Message}").ConfigureAwait(false);
            return ExitCode.Success;
        }
        catch (Exception unwritten) when (unwritten is CaptureOutputException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"{path} cannot be written: {unwritten.Message}").ConfigureAwait(false);
            return ExitCode.Unavailable;
        }

        void End(PosixSignalContext context)
        {
            // The second signal ends the process.
            context.Cancel = !end.IsCancellationRequested;
            end.Cancel();
        }
    }

    private static string Sentence(CaptureSummary summary) =>
        $"{summary.Packets} {(summary.Packets == 1 ? "frame" : "frames")} captured, {summary.Lost} lost for want of room between worker and capture";
}
