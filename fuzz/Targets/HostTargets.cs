using System.Text.Json;
using Weft.Host.Analytics.Processes;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Fuzz.Targets;

internal sealed class ConfigurationTarget : BytesTarget
{
    public override string Name => "configuration";

    public override string What => "configuration files";

    public override IReadOnlyList<string> Assemblies => ["Host"];

    protected override IReadOnlyList<byte[]> Words => Texts(
        "schema: weft/1\n", "\n  - ", "name: ", "vlan: ", "{", "}", "[", "]", "&a ", "*a", "!!int ", "|\n", "- - -", "10.0.0.1/24", "\"::/0\"", "02:00:00:00:00:01", "65536", "-1", "1e99", "0x10", "null", "~", "ports:", "segments:",
        "machines:", "services:", "sase:", "nat:", "lb:", "mesh:", "ids:", "multicast:", "cluster:", "bridges:", "analytics:");

    public override IEnumerable<byte[]> Beginnings() => Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "samples"), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(bytes => bytes.Length <= FrameBytes);

    public override void Run(ReadOnlySpan<byte> input)
    {
        ConfigurationResult result = ConfigurationFile.ReadText(System.Text.Encoding.UTF8.GetString(input), Path.Combine(AppContext.BaseDirectory, "samples", "x.yaml"));
        Require(result.Plan is not null || result.Problems.Count > 0, "neither a plan nor a problem");
        foreach (ConfigurationProblem problem in result.Problems)
        {
            Require(problem.ToString().Length > 0, "a problem without words");
        }
    }
}

internal sealed class ControlTarget : BytesTarget
{
    public override string Name => "control";

    public override string What => "requests at the control socket";

    public override IReadOnlyList<string> Assemblies => ["Host"];

    protected override IReadOnlyList<byte[]> Words => Texts("{", "}", "\"verb\":", "\"show\"", "\"topic\":", "\"trace\"", "\"packet\":\"", "null", "1e9999", "[]", "\\u0000", "\"flows\":\"AAAA\"");

    public override IEnumerable<byte[]> Beginnings() => Texts("""{"verb":"show","topic":"ports"}""", """{"verb":"trace","port":"web1","packet":"AAECAw=="}""", """{"verb":"events","since":1,"waitMilliseconds":5}""");

    public override void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            _ = JsonSerializer.Deserialize(input, SnapshotJson.Compact.ControlRequest);
        }
        catch (JsonException)
        {
            // The server answers this with words.
        }
    }
}

internal sealed class ProcessEventsTarget : BytesTarget
{
    public override string Name => "process-events";

    public override string What => "netlink datagrams of the process connector";

    public override IReadOnlyList<string> Assemblies => ["Host"];

    public override IEnumerable<byte[]> Beginnings() => [Event(0x1), Event(0x2), Event(0x8000_0000)];

    public override void Run(ReadOnlySpan<byte> input)
    {
        Span<ProcessEvent> events = new ProcessEvent[8];
        int count = ProcessEventParser.Parse(input, events, out _);
        Require(count >= 0 && count <= events.Length, "more events than room");
    }

    /// <summary>linux/cn_proc.h: a netlink header, a connector header (20 bytes) and an event of 40.</summary>
    private static byte[] Event(uint what)
    {
        byte[] datagram = new byte[16 + 20 + 40];
        BitConverter.TryWriteBytes(datagram.AsSpan(0), datagram.Length);
        BitConverter.TryWriteBytes(datagram.AsSpan(4), (ushort)3);
        BitConverter.TryWriteBytes(datagram.AsSpan(16), 1);
        BitConverter.TryWriteBytes(datagram.AsSpan(20), 1);
        BitConverter.TryWriteBytes(datagram.AsSpan(32), (ushort)40);
        BitConverter.TryWriteBytes(datagram.AsSpan(36), what);
        BitConverter.TryWriteBytes(datagram.AsSpan(52), 4711);
        BitConverter.TryWriteBytes(datagram.AsSpan(56), 4711);
        return datagram;
    }
}
