using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.CliTests;

/// <summary>Pictures of the sample switches, which between them have every engine.</summary>
internal static class MetricPictures
{
    public static TheoryData<string> Samples => ["first-switch", "nat", "lb", "ids-inline", "multicast", "services", "mesh", "sase-gateway", "bridge-node-1"];

    public static async Task<SwitchSnapshot> OfAsync(string sample)
    {
        ConfigurationResult read = ConfigurationFile.Read(Repository.File($"samples/{sample}.yaml"));
        Assert.True(read.Plan is not null, string.Join('\n', read.Problems));
        await using SwitchHost host = SwitchHost.Start(read.Plan with { ControlSocket = null, Analytics = null, Cluster = null }, new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        return await host.SnapshotAsync(SnapshotParts.None);
    }
}
