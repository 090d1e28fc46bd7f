using Weft.Bench.Ports;

namespace Weft.Bench.Host.Switches;

/// <summary>Ours while somebody reads its metrics every second and a capture waits for frames that do not come.</summary>
internal sealed class WatchedSwitch(ForwardingPath path) : WeftSwitch(path, more: "api: {port: 9870}")
{
    protected override void Launch()
    {
        Ip("-n", Path.Middle, "link", "set", "dev", "lo", "up");
        base.Launch();
        Await(() => File.Exists($"{Folder}/weft.sock"), "no control socket");
        _ = Run("dotnet", Program, "capture", "-s", $"{Folder}/weft.sock", "--filter", "tcp port 4", "-w", $"{Folder}/none.pcapng");
        _ = Run("python3", "-c", """
            import time, urllib.request
            while True:
                time.sleep(1)
                urllib.request.urlopen("http://127.0.0.1:9870/metrics").read()
            """);
    }
}
