using System.Net.Sockets;
using System.Text.Json;
using Weft.Host.Config;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Handover;

/// <summary>
/// Has a twin of the switch do once what happens while nobody forwards: it is built, filled with what another one knows, and passes frames.
/// Code that has never run is compiled first, which takes longer than the standstill may.
/// </summary>
internal static class HandoverRehearsal
{
    private const int TwinBuffers = 512;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    public static void Run(SwitchPlan plan)
    {
        SwitchPlan small = plan with { Workers = 1, Poll = PollMode.Sleep, PoolBuffers = TwinBuffers, Cluster = null };
        Timestamp now = Timestamp.Zero + TimeSpan.FromDays(1);
        using Switch first = Build(small, null, now);
        Pass(first, plan, ref now);
        var goods = new HandoverGoods([[0L]], first.Snapshot(), now.Nanoseconds);
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(goods, HandoverProtocol.Json.HandoverGoods);
        SwitchSnapshot state = HandoverProtocol.Read<HandoverGoods>(bytes).State;
        using Switch second = Build(small, KeptState.Fitting(state, small), now);
        Pass(second, plan, ref now);
        Rest(second, small, now);
        Speak(second, Listen);
    }

    private static Switch Build(SwitchPlan plan, SwitchSnapshot? state, Timestamp now) =>
        new(plan, [.. plan.Ports.Select(port => new ProbePort(port.Name, port.MtuBytes))], new SwitchOptions { State = state, Start = now }, trace: null, isRehearsal: true);

    /// <summary>A worker that has nothing to do, and is woken before it falls asleep.</summary>
    private static void Rest(Switch twin, SwitchPlan plan, Timestamp now)
    {
        using var rest = new WorkerRest([.. twin.Ports]);
        rest.Wake();
        rest.After(twin.Workers[WorkerLink.Home], frames: 0, Timestamp.FromMonotonicClock());
        using var crew = new WorkerCrew(twin, plan with { Cores = [] });
        crew.WakeHome();
        crew.Step(WorkerLink.Home, now + Step);
    }

    /// <summary>What is said while nobody forwards, by both sides; if they do not understand each other, the real ones are a little slower, and nothing else.</summary>
    /// <param name="twin">The switch that is given.</param>
    /// <param name="listen">What the other side does.</param>
    internal static void Speak(Switch twin, Action<DescriptorChannel> listen)
    {
        try
        {
            Converse(twin, listen);
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            // Whatever is wrong here, the takeover itself finds out, and says so to whoever asked for it.
        }
    }

    private static void Converse(Switch twin, Action<DescriptorChannel> listen)
    {
        var place = new UnixDomainSocketEndPoint($"\0weft-{Guid.NewGuid():n}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(place);
        listener.Listen(1);
        var caller = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var taker = new DescriptorChannel(caller);
        caller.Connect(place);
        using var giver = new DescriptorChannel(listener.Accept());
        // A large configuration makes more words than a socket holds.
        Task listening = Task.Factory.StartNew(() => Answer(taker, listen), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            new HandoverGiver(twin, cluster: null).Commit(giver);
        }
        finally
        {
            // Who still listens hears that nobody speaks any more. Its channel may be closed only when it has stopped: it waits for a bare number.
            giver.Dispose();
            listening.GetAwaiter().GetResult();
        }
    }

    /// <summary>Hangs up at the end, however it comes: the other side would wait for the rest.</summary>
    private static void Answer(DescriptorChannel channel, Action<DescriptorChannel> listen)
    {
        using (channel)
        {
            listen(channel);
        }
    }

    private static void Listen(DescriptorChannel channel)
    {
        HandoverGoods goods = HandoverProtocol.Receive<HandoverGoods>(channel, HandoverProtocol.StandstillPatience, out int[] none);
        PortDescriptors.Close(none);
        _ = HandoverTaker.StateOf(goods, goods.Positions.Count);
        channel.Send(HandoverProtocol.Taken, [], HandoverProtocol.StandstillPatience);
        HandoverProtocol.Expect(channel, HandoverProtocol.Yours, HandoverProtocol.StandstillPatience);
    }

    /// <summary>A frame that everybody gets, from each port.</summary>
    private static void Pass(Switch twin, SwitchPlan plan, ref Timestamp now)
    {
        for (int port = 0; port < plan.Ports.Count; port++)
        {
            byte[] frame = new byte[64];
            VlanTci? tag = plan.Ports[port].NativeVlan == 0 && plan.Segments.Count > 0 ? new VlanTci(plan.Segments[0].Vlan) : null;
            _ = new EthernetHeader { Destination = MacAddress.Broadcast, Source = new MacAddress(0x0257_FFFF_0000 + (ulong)port), Tag = tag, EtherType = EtherType.Experimental1 }.Write(frame);
            ((ProbePort)twin.Ports[port]).Inject(frame);
            now += Step;
            _ = twin.RunOnce(now);
        }
    }
}
