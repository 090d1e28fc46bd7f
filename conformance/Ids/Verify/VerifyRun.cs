using Weft.Ids;
using Weft.Packets;
using Weft.Pcap;
using YamlDotNet.RepresentationModel;

namespace Weft.Conformance.IdsTests;

/// <summary>Runs a capture through a detector that is set as a case's command line and configuration ask.</summary>
public sealed class VerifyRun(string folder, string capture, string[] rules, string arguments)
{
    private readonly VerifySettings _settings = VerifySettings.Read(folder, arguments);

    public List<VerifyAlert> Alerts(out List<RuleDiagnostic> refused)
    {
        refused = [];
        RuleSet set = RuleParser.Parse([.. rules.SelectMany(file => File.ReadAllBytes(file).Append((byte)'\n'))], _settings.Variables, refused);
        string thresholds = Path.Combine(folder, "threshold.config");
        if (File.Exists(thresholds))
        {
            ThresholdFile.Apply(File.ReadAllBytes(thresholds), _settings.Variables, set, refused);
        }

        using var detector = new IntrusionDetector(RuleImage.Compile(set, _settings.ActionOrder), _settings.Options);
        var messages = set.Rules.ToDictionary(rule => (rule.Gid, rule.Sid), rule => rule.Message);
        var seen = new List<VerifyAlert>();
        var alerts = new Alert[_settings.AlertsPerPacket];
        Timestamp last = default;
        using var reader = PcapReader.Open(capture);
        while (reader.TryRead(out PcapPacket packet))
        {
            PacketLayout layout = LayoutOf(packet);
            last = packet.Timestamp > last ? packet.Timestamp : last;
            byte[] frame = packet.Data.ToArray();
            _ = detector.InspectAndNormalize(frame, layout, last, alerts, out int count, out _);
            Keep(alerts.AsSpan(0, count));
        }

        for (int count = -1; count != 0;)
        {
            count = detector.Finish(last, alerts);
            Keep(alerts.AsSpan(0, count));
        }

        return seen;

        void Keep(ReadOnlySpan<Alert> found)
        {
            foreach (Alert alert in found)
            {
                seen.Add(new VerifyAlert(alert, messages[(alert.Gid, alert.Sid)], _settings.Options.IsInline));
            }
        }
    }

    private static PacketLayout LayoutOf(PcapPacket packet)
    {
        PacketLayout layout;
        ReadOnlySpan<byte> data = packet.Data;
        EtherType type = data.Length > 0 && data[0] >> 4 == 6 ? EtherType.IPv6 : EtherType.IPv4;
        _ = (int)packet.LinkType switch
        {
            1 => PacketLayout.TryParse(data, out layout),
            0 => PacketLayout.TryParseNetwork(data, type, out layout, Math.Min(4, data.Length)),
            9 => PacketLayout.TryParseNetwork(data, data is [0x57, ..] ? EtherType.IPv6 : EtherType.IPv4, out layout, data is [0xFF, 0x03, ..] ? 4 : data is [0x00, ..] ? 2 : 1),
            113 => PacketLayout.TryParseNetwork(data, data.Length > 15 ? (EtherType)(data[14] << 8 | data[15]) : EtherType.None, out layout, Math.Min(16, data.Length)),
            _ => PacketLayout.TryParseNetwork(data, type, out layout),
        };
        return layout;
    }
}
