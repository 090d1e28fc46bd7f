using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>What an operator asks about flows through the control socket.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class ControlOfFlowsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-test-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder, "weft.sock");

    [Fact]
    public async Task Flows_of_a_machine_are_written_taken_over_and_given_up()
    {
        await using SwitchHost host = Start(NatPlans.Nat());
        byte[] flows = await ControlClient.ExportMachineAsync(SocketPath, "nat1", "10.1.0.2", Cancelled);
        Assert.Equal("WNAT"u8.ToArray(), flows[..4]);
        await ControlClient.ImportMachineAsync(SocketPath, null, flows, Cancelled);
        await ControlClient.MoveMachineAsync(SocketPath, null, "10.1.0.2", "fd01::2", Cancelled);

        Assert.Contains("'nat9'", (await Assert.ThrowsAsync<ControlException>(() => ControlClient.ExportMachineAsync(SocketPath, "nat9", "10.1.0.2", Cancelled))).Message);
        Assert.Contains("10.1.0", (await Assert.ThrowsAsync<ControlException>(() => ControlClient.ExportMachineAsync(SocketPath, null, "10.1.0", Cancelled))).Message);
        Assert.Contains("malformed", (await Assert.ThrowsAsync<ControlException>(() => ControlClient.ImportMachineAsync(SocketPath, null, [1, 2, 3], Cancelled))).Message);
    }

    [Fact]
    public async Task The_file_of_flows_is_the_owners_alone_and_whole_and_one_that_was_there_is_left_when_there_are_none()
    {
        await using SwitchHost host = Start(NatPlans.Nat());
        string file = Path.Combine(_folder, "flows");
        File.WriteAllText(file, "what was there");
        Assert.NotEqual(0, WeftProgram.Run("nat", "export", "10.1.0.2", file, "--socket", SocketPath, "--nat", "nat9").ExitCode);
        Assert.Equal("what was there", File.ReadAllText(file));
        WeftProgram.Run("nat", "export", "10.1.0.2", file, "--socket", SocketPath).Required();
        Assert.Equal("WNAT"u8.ToArray(), File.ReadAllBytes(file)[..4]);
        Assert.False(File.Exists(file + ".new"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Contains("WNAT", WeftProgram.Run("nat", "export", "10.1.0.2", "/dev/stdout", "--socket", SocketPath).Required().Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_load_balancer_is_drained_by_name()
    {
        await using SwitchHost host = Start(NatPlans.Lb());
        await ControlClient.DrainLbAsync(SocketPath, "lb1", Cancelled);
        SwitchSnapshot now = await ControlClient.ShowAsync(SocketPath, ShowTopic.LbMembers, Cancelled);
        Assert.Equal(["draining", "active"], now.Lbs[0].Members.Select(member => member.State));
        Assert.Contains("'lb9'", (await Assert.ThrowsAsync<ControlException>(() => ControlClient.DrainLbAsync(SocketPath, "lb9", Cancelled))).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SwitchHost Start(SwitchPlan plan) =>
        SwitchHost.Start(plan with { ControlSocket = SocketPath }, new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
}
