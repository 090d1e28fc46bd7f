using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>The executable as people run it: configured by a file, killed, started again, asked, stopped.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ProcessLiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-live-").FullName;

    [Fact]
    public void A_killed_switch_is_started_again_and_traffic_resumes()
    {
        LiveRequirements.Need("ping");
        using var lab = new OverlayLab();
        string socket = Path.Combine(_folder, "weft.sock");
        string configuration = WriteConfiguration(lab, socket);

        using (RunningCommand first = Run(configuration))
        {
            Reached(lab, first);
            // Disposing kills the process: no stop, no clean-up, the socket stays behind.
        }

        Assert.True(File.Exists(socket));
        Assert.False(lab.Ping("-c", "1", "-W", "1", "10.0.0.2").Succeeded);

        using RunningCommand second = Run(configuration);
        Reached(lab, second);
        CommandResult shown = Weft("show", "fdb", "--socket", socket).Required();
        Assert.Contains("192.0.2.2", shown.Output);
        Assert.Contains("networks", shown.Output);
    }

    [Fact]
    public void Sigterm_stops_gracefully_and_the_last_counters_are_printed()
    {
        LiveRequirements.Need("ping", "kill");
        using var lab = new OverlayLab();
        string socket = Path.Combine(_folder, "weft.sock");
        using RunningCommand running = Run(WriteConfiguration(lab, socket));
        Reached(lab, running);
        Command.Run("kill", "-TERM", $"{running.ProcessId}").Required();
        CommandResult result = running.WaitForExit(TimeSpan.FromSeconds(30));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("stopped after", result.Output);
        Assert.False(File.Exists(socket));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Reached(OverlayLab lab, RunningCommand weft) =>
        Assert.True(lab.ReachesKernel(giveUp: () => weft.HasExited), weft.Output + weft.Error);

    private static RunningCommand Run(string configuration) => Command.Start("dotnet", Executable, "run", configuration);

    private static CommandResult Weft(params string[] arguments) => Command.Run("dotnet", [Executable, .. arguments]);

    private static string Executable => Path.Combine(AppContext.BaseDirectory, "weft.dll");

    private string WriteConfiguration(OverlayLab lab, string socket)
    {
        string path = Path.Combine(_folder, "lab.yaml");
        File.WriteAllText(path, $$$"""
            schema: weft/1
            switch: {name: lab, controlSocket: "{{{socket}}}"}
            ports:
              - {name: m, type: af_packet, device: sw0, networkNamespace: {{{lab.Middle.Name}}}, mtu: 9000, vlan: {mode: access, id: 10}}
              - {name: up, type: af_packet, device: up0, networkNamespace: {{{lab.Middle.Name}}}, mtu: 9100, role: underlay}
            vteps:
              - {name: here, port: up, address: 192.0.2.1/24, mac: "02:00:00:00:fe:01"}
            segments:
              - {name: networks, vlan: 10, vni: 100, vtep: here, peers: [192.0.2.2]}
            """);
        return path;
    }
}
