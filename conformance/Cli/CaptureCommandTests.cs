using System.Runtime.Versioning;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary><c>weft capture</c> beside a running switch, with tshark as reader and as judge.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CaptureCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public void Frames_of_a_live_switch_are_piped_into_tshark_and_a_killed_capture_leaves_a_whole_file()
    {
        LiveRequirements.Need("tshark", "capinfos", "ping", "bash");
        using var live = new LiveSwitch();
        live.Connect();
        using RunningCommand ping = live.Left.Start("ping", "-i", "0.2", LiveSwitch.RightAddress);
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

        CommandResult piped = Command.Run(
            Patience, "bash", "-c", $"'{host}' '{WeftProgram.Assembly}' capture -s '{live.Socket}' --port a --direction in --filter 'icmp and src host {LiveSwitch.LeftAddress}' -c 3 -w - | tshark -n -l -r - -T fields -e frame.interface_name -e frame.comment -e icmp.type");

        string killed = live.File("killed.pcapng");
        using RunningCommand capture = WeftProgram.Start("capture", "-s", live.Socket, "-w", killed);
        Assert.True(Wait.Until(() => File.Exists(killed) && new FileInfo(killed).Length > 2000, Patience, () => capture.HasExited), capture.Error);
        _ = Command.Run("kill", "-KILL", $"{capture.ProcessId}").Required();
        _ = capture.WaitForExit(Patience);

        Assert.Equal(string.Concat(Enumerable.Repeat("a\tin a; forwarded to b\t8\n", 3)), piped.Required().Output);
        Assert.Contains("3 frames captured, 0 lost", piped.Error);
        Assert.DoesNotContain("cut short", Command.Run("capinfos", killed).Required().Error);
        Assert.NotEmpty(Tshark.Fields(killed, "icmp", "frame.comment"));
        // It has what the traffic has.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(killed));
        Assert.Equal((2, false), (WeftProgram.Run("capture", "-s", live.Socket, "--port", "nowhere", "-w", live.File("none.pcapng")).ExitCode, File.Exists(live.File("none.pcapng"))));
    }
}
