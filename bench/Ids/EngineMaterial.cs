using System.Text;
using Weft.Ids;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Bench.Ids;

/// <summary>
/// A capture and rules for two engines: captures of suricata-verify one behind the other, often enough for a measurement, and
/// those of the Emerging Threats rules that this engine takes. All lies in a folder of its own that goes with it.
/// </summary>
internal sealed class EngineMaterial : IDisposable
{
    // Between captures, and between their repetitions: whatever both engines remember is over by then.
    private const long Pause = 4000L * 1_000_000_000;
    private const int MaxBytes = 24 << 20;

    private EngineMaterial(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The capture once.</summary>
    public string OncePath => Path.Combine(Folder, "once.pcap");

    /// <summary>The capture <see cref="Repetitions"/> times.</summary>
    public string RepeatedPath => Path.Combine(Folder, "repeated.pcap");

    public string RulesPath => Path.Combine(Folder, "bench.rules");

    public int Repetitions { get; private set; }

    /// <summary>Packets of the capture, once.</summary>
    public int Packets { get; private set; }

    public RuleImage Image { get; private set; } = null!;

    /// <summary>Writes the material, or says that there is none.</summary>
    /// <param name="repetitions">How often the capture is repeated.</param>
    public static EngineMaterial? TryCreate(int repetitions)
    {
        if (ScanMaterial.Folder is not string data)
        {
            return null;
        }

        var material = new EngineMaterial(Directory.CreateTempSubdirectory("weft-engine-").FullName) { Repetitions = repetitions };
        material.WriteRules(Path.Combine(data, "et-open"));
        string[] captures = [.. Directory.GetFiles(Path.Combine(data, "suricata-verify"), "*.pcap", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        long end = Write(material.OncePath, captures, 1, 0, out int packets);
        material.Packets = packets;
        _ = Write(material.RepeatedPath, captures, repetitions, end, out _);
        return material;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void WriteRules(string folder)
    {
        string[] lines = [.. Directory.GetFiles(folder, "*.rules").Order(StringComparer.Ordinal).SelectMany(File.ReadAllLines).Where(line => line.StartsWith("alert ", StringComparison.Ordinal))];
        var errors = new List<RuleDiagnostic>();
        RuleSet rules = RuleParser.Parse(Encoding.UTF8.GetBytes(string.Join('\n', lines)), RuleVariables.Default, errors);
        var left = errors.Select(error => error.Line).ToHashSet();
        File.WriteAllLines(RulesPath, lines.Where((_, i) => !left.Contains(i + 1)));
        Image = RuleImage.Compile(rules);
    }

    private static long Write(string path, string[] captures, int repetitions, long start, out int packets)
    {
        packets = 0;
        using var writer = PcapWriter.Create(path);
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            int bytes = 0;
            foreach (string capture in captures)
            {
                start += Pause;
                long? first = null;
                long last = start;
                using var reader = PcapReader.Open(capture);
                while (bytes < MaxBytes && reader.TryRead(out PcapPacket packet))
                {
                    if (packet.LinkType != LinkType.Ethernet)
                    {
                        continue;
                    }

                    // Captures run one behind the other, each with its own pace; none runs backwards.
                    first ??= packet.Timestamp.Nanoseconds;
                    last = Math.Max(last, start + packet.Timestamp.Nanoseconds - first.Value);
                    writer.WritePacket(new Timestamp(last), packet.Data);
                    bytes += packet.Data.Length;
                    packets++;
                }

                start = last;
            }
        }

        return start;
    }
}
