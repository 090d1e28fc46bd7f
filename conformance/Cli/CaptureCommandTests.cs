using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary><c>weft capture</c> beside a running switch, with tshark as reader and as judge.</summary>
public sealed class CaptureCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public void Frames_of_a_live_switch_are_piped_into_tshark_and_a_killed_capture_leaves_a_whole_file()
    {
        LiveRequirements.Need("tshark", "capinfos", "ping", "bash", "kill");
        LiveRequirements.NeedTap();
        using NetNamespace net = NetNamespace.Create(), far = NetNamespace.Create();
        using var folder = new TemporaryFolder();
        string socket = folder.File("live.sock");
        string config = folder.Write("live.yaml", $$"""
            schema: weft/1
            switch: {name: live, controlSocket: live.sock}
            ports:
              - {name: a, type: tap, device: wa, networkNamespace: {{net.Name}}}
              - {name: b, type: tap, device: wb, networkNamespace: {{far.Name}}}
            segments:
              - {name: one, vlan: 1}
            """);
        using RunningCommand program = WeftProgram.Start("run", config);
        Assert.True(program.WaitForOutput("live is running with 2 ports and 1 segment", Patience), program.Error);
        net.AddAddress("wa", "10.9.0.1/24");
        far.AddAddress("wb", "10.9.0.2/24");
        net.Ip("link", "set", "wa", "up");
        far.Ip("link", "set", "wb", "up");
        using RunningCommand ping = net.Start("ping", "-i", "0.2", "10.9.0.2");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

        CommandResult piped = Command.Run(
            Patience, "bash", "-c", $"'{host}' '{WeftProgram.Assembly}' capture -s '{socket}' --port a --direction in --filter 'icmp and src host 10.9.0.1' -c 3 -w - | tshark -n -l -r - -T fields -e frame.interface_name -e frame.comment -e icmp.type");

        string killed = folder.File("killed.pcapng");
        using RunningCommand capture = WeftProgram.Start("capture", "-s", socket, "-w", killed);
        Assert.True(Wait.Until(() => File.Exists(killed) && new FileInfo(killed).Length > 2000, Patience, () => capture.HasExited), capture.Error);
        _ = Command.Run("kill", "-KILL", $"{capture.ProcessId}").Required();
        _ = capture.WaitForExit(Patience);

        Assert.Equal(string.Concat(Enumerable.Repeat("a\tin a; forwarded to b\t8\n", 3)), piped.Required().Output);
        Assert.Contains("3 frames captured, 0 lost", piped.Error);
        Assert.DoesNotContain("cut short", Command.Run("capinfos", killed).Required().Error);
        Assert.NotEmpty(Tshark.Fields(killed, "icmp", "frame.comment"));
        Assert.Equal((2, false), (WeftProgram.Run("capture", "-s", socket, "--port", "nowhere", "-w", folder.File("none.pcapng")).ExitCode, File.Exists(folder.File("none.pcapng"))));
    }
}
