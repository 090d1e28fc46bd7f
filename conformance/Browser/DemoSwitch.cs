using System.Security.Cryptography;
using Weft.Cli.Web;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.BrowserTests;

/// <summary>The switch of demo.yaml among machines that talk, and its web server on a free port.</summary>
internal sealed class DemoSwitch : IAsyncDisposable
{
    private static readonly MacAddress Broadcast = MacAddress.Parse("ff:ff:ff:ff:ff:ff");

    private readonly string _folder;

    private DemoSwitch(SwitchHost host, WebServer server, string folder) => (Host, Server, _folder) = (host, server, folder);

    public SwitchHost Host { get; }

    public WebServer Server { get; }

    public static async Task<DemoSwitch> StartAsync(CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("weft-browser-").FullName;
        foreach (string file in (string[])["demo.yaml", "demo.rules"])
        {
            File.Copy(Repository.File($"conformance/Browser/{file}"), Path.Combine(folder, file));
        }

        string key = Path.Combine(folder, "pair.key");
        File.WriteAllText(key, Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        ConfigurationResult read = ConfigurationFile.Read(Path.Combine(folder, "demo.yaml"));
        SwitchPlan plan = read.Plan ?? throw new InvalidOperationException(string.Join('\n', read.Problems));
        SwitchHost host = SwitchHost.Start(plan, new SwitchHostOptions { OpenPort = port => Port(port.Name) });
        try
        {
            while ((await host.SnapshotAsync(SnapshotParts.None)).Totals.Received < 100)
            {
                await Task.Delay(100, cancellation);
            }
        }
        catch (InvalidOperationException) when (host.Completion.IsCompleted)
        {
            throw new InvalidOperationException("the demo's switch has ended", (await host.Completion).Failure);
        }

        return new DemoSwitch(host, await WebServer.StartAsync(host, new ApiPlan { Port = 0 }, cancellation), folder);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static TalkingPort Port(string name)
    {
        MacAddress web = Mac(0x11), worker = Mac(0x12), db = Mac(0x13), router = MacAddress.Parse("02:00:00:00:fa:01");
        return name switch
        {
            "web" => new TalkingPort(name, 400, [IpFrames.Udp4(worker, web, "10.0.0.11", "10.0.0.12", 600), IpFrames.Udp4(Broadcast, web, "10.0.0.11", "10.0.0.255"), Vlan(99, web)]),
            "worker" => new TalkingPort(name, 250, [IpFrames.Udp4(web, worker, "10.0.0.12", "10.0.0.11", 900), IpFrames.Echo4(web, worker, "10.0.0.12", "10.0.0.11"), IpFrames.Udp4(MacAddress.Parse("01:00:5e:01:00:07"), worker, "10.0.0.12", "239.1.0.7"), Join(worker)]),
            "db" => new TalkingPort(name, 60, [IpFrames.Udp4(Broadcast, db, "10.30.0.13", "10.30.0.255"), IpFrames.Udp4(router, db, "10.30.0.13", "10.20.0.99")]),
            "rack" => new TalkingPort(name, 20, [IpFrames.Udp4(Broadcast, Mac(0x50), "10.50.0.1", "10.50.0.255")]),
            _ => new TalkingPort(name, 0, []),
        };
    }

    /// <summary>A tagged frame of a VLAN that the port has no business with.</summary>
    private static byte[] Vlan(byte vlan, MacAddress from)
    {
        byte[] frame = IpFrames.Udp4(Broadcast, from, "10.0.0.11", "10.0.0.255");
        return [.. frame[..12], 0x81, 0x00, 0x00, vlan, .. frame[12..]];
    }

    /// <summary>An IGMPv2 report for 239.1.0.7 (RFC 2236 section 2).</summary>
    private static byte[] Join(MacAddress from)
    {
        byte[] frame = new byte[60];
        Convert.FromHexString("01005e010007").CopyTo(frame, 0);
        from.Write(frame.AsSpan(6));
        Convert.FromHexString("0800" + "46c00020000040000102" + "0000" + "0a00000c" + "ef010007" + "94040000" + "16000000" + "ef010007").CopyTo(frame, 12);
        Sum(frame.AsSpan(14, 24), 10);
        Sum(frame.AsSpan(38, 8), 2);
        return frame;
    }

    private static void Sum(Span<byte> words, int at)
    {
        uint sum = 0;
        for (int i = 0; i < words.Length; i += 2)
        {
            sum += (uint)((words[i] << 8) | words[i + 1]);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = ~((sum & 0xFFFF) + (sum >> 16));
        (words[at], words[at + 1]) = ((byte)(sum >> 8), (byte)sum);
    }

    private static MacAddress Mac(byte last) => MacAddress.Parse($"02:00:00:00:00:{last:x2}");
}
