using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>What a million flows of many machines cost: so much for each flow, and so much for each machine.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class ServiceMemoryTests
{
    /// <summary>What the README says, for connection tracking, a firewall and rates.</summary>
    private const int BytesPerFlow = 256, BytesPerMachine = 256 * 1024;

    /// <summary>A table beyond a huge page is rounded up to the next one.</summary>
    private const int HugePage = 2 << 20;

    [Theory]
    [InlineData(1, 1_000_000)]
    [InlineData(64, 16_384)]
    [InlineData(512, 2_048)]
    public void A_million_flows_live_within_the_memory_that_was_taken_for_them_at_the_start(int machines, int flows)
    {
        var sets = new ServiceSet[machines];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int machine = 0; machine < machines; machine++)
        {
            sets[machine] = Make((uint)machine + 1, flows);
        }

        long managed = GC.GetAllocatedBytesForCurrentThread() - before;
        long native = sets.Sum(set => set.MemoryBytes);
        TestContext.Current.TestOutputHelper?.WriteLine($"{machines} machines of {flows} flows: {managed} managed and {native} other bytes, {(double)(managed + native) / machines / flows:0} a flow");
        Assert.InRange(managed + native, 1, machines * (BytesPerMachine + HugePage + (long)sets[0].IPv4Capacity * BytesPerFlow));

        var batch = new PacketBatch(ServiceSet.MaxBurst, maxFrameBytes: 64, headroomBytes: 0);
        var results = new ServiceResult[ServiceSet.MaxBurst];
        byte[] frame = Udp(Machine, 1, Remote, 53, payload: 8);
        foreach (ServiceSet set in sets)
        {
            for (int flow = 0; flow < flows;)
            {
                batch.Clear();
                for (int packet = 0; packet < ServiceSet.MaxBurst && flow < flows; packet++, flow++)
                {
                    // Another address and port for each; checksums are no matter of these services.
                    (frame[32], frame[33], frame[34], frame[35]) = ((byte)(flow >> 16), (byte)(flow >> 24), (byte)(flow >> 8), (byte)flow);
                    _ = batch.TryAdd(frame);
                }

                set.Process(ref batch, ServiceDirection.FromMachine, results, Start);
            }
        }

        Assert.All(sets, set => Assert.Equal((flows, native / machines), (set.FlowCount, set.MemoryBytes)));
        Array.ForEach(sets, set => set.Dispose());
    }

    private static ServiceSet Make(uint machine, int flows)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy([], FirewallAction.Allow)));
        catalog.Define<Policer, PolicerState>("rates", _ => new Policer(new PolicerOptions { FlowBitsPerSecond = 1_000_000 }, Start));
        return new ServiceSet(Options("connections", "firewall", "rates") with { Machine = new MachineId(machine), IPv4Flows = flows, IPv6Flows = 16 }, catalog);
    }
}
