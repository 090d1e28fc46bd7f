using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>A file system of four kilobytes, to be full soon.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class FullDiskLiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-full-").FullName;

    [Fact]
    public async Task A_capture_that_cannot_be_written_is_told_and_the_books_are_whole()
    {
        LiveRequirements.Need("mount", "umount");
        Command.Run("mount", "-t", "tmpfs", "-o", "size=4k", "none", _folder).Required();
        SwitchPlan plan = Resolved().With(0, blue => blue with { Learning = false }) with
        {
            Ports = [.. Resolved().Ports.Select((port, index) => port with
            {
                Kind = PortKind.Pcap,
                ReadPath = index == Web1 ? Repository.File("pcaps/kernel-fragments.pcap") : null,
                WritePath = index == Web2 ? Path.Combine(_folder, "out.pcap") : null,
            })],
        };
        SwitchRunResult result = await SwitchHost.RunAsync(plan, TestContext.Current.CancellationToken);
        Assert.Equal(SwitchEnd.OutputFailed, result.End);
        Assert.StartsWith("port web2: ", result.Failure!.Message);
        Assert.True(result.Final.Totals.Balanced);
    }

    public void Dispose()
    {
        Command.Run("umount", _folder);
        Directory.Delete(_folder, recursive: true);
    }
}
