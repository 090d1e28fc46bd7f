using System.Net.NetworkInformation;
using Weft.Conformance.Support;

namespace Weft.Conformance.PortsTests;

[Trait(Kind.Key, Kind.Live)]
public sealed class NetNamespaceTests
{
    [Fact]
    public void Two_namespaces_joined_by_a_veth_pair_reach_each_other_and_leave_nothing_behind()
    {
        LiveRequirements.Need("ping");
        string name;
        using (var left = NetNamespace.Create())
        using (var right = NetNamespace.Create())
        {
            name = left.Name;
            left.AddVeth("v0", right, "v1");
            left.AddAddress("v0", "10.0.0.1/24");
            right.AddAddress("v1", "10.0.0.2/24");

            Assert.True(left.Run("ping", "-c1", "-W2", "10.0.0.2").Succeeded);
            Assert.Contains("v1", right.Invoke(() => NetworkInterface.GetAllNetworkInterfaces().Select(device => device.Name).ToArray()));
        }

        Assert.DoesNotContain(name + " ", Command.Run("ip", "netns", "list").Output + " ");
    }

    [Fact]
    public void A_program_that_runs_too_long_is_ended_and_says_so()
    {
        LiveRequirements.NeedPrograms("sleep");
        Assert.Equal(-1, Command.Run(TimeSpan.FromMilliseconds(50), "sleep", "30").ExitCode);
    }
}
