using Weft.Host.Config;

namespace Weft.Bench.Multicast;

/// <summary>The configuration of our switch beside a peer's: one segment that snoops, groups that nobody joined go to routers only.</summary>
internal static class SnoopingPlan
{
    public static SwitchPlan Of(SnoopingPath path)
    {
        string ports = string.Join(", ", path.Devices.Select(device => $"{{name: {device}, type: af_packet, device: {device}, networkNamespace: {path.Middle}, vlan: {{id: 10}}, multicast: {{fastLeave: single-host}}}}"));
        string text = $"schema: weft/1\nports: [{ports}]\nsegments: [{{name: lan, vlan: 10, multicast: {{snooping: true, unregistered: routers}}}}]\n";
        ConfigurationResult result = ConfigurationFile.ReadText(text, "bench.yaml");
        return result.Plan ?? throw new InvalidOperationException(string.Join('\n', result.Problems));
    }
}
