using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>What belongs to a connection passes, what a stranger invents does not.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class ConnectionTrackerTests : IDisposable
{
    private const TcpFlags Syn = TcpFlags.Syn;
    private const TcpFlags Ack = TcpFlags.Ack;
    private readonly ServiceSet _set = Make(new ConnectionTrackerOptions());

    private ref ConnectionTracker Tracker => ref _set.ServiceAt<ConnectionTracker, ConnectionState>(0);

    public void Dispose() => _set.Dispose();

    [Fact]
    public void Rfc9293_Section3_5_A_handshake_data_and_close_pass()
    {
        Open();
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, 1001, 5001, payload: 100));
        Assert.Equal(ServiceAction.Forward, FromServer(Ack, 5001, 1101, payload: 500));
        Assert.Equal(ServiceAction.Forward, FromClient(Ack | TcpFlags.Fin, 1101, 5501));
        Assert.Equal(ServiceAction.Forward, FromServer(Ack | TcpFlags.Fin, 5501, 1102));
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, 1102, 5502));
        Assert.Equal(0, Tracker.Counters.OutOfWindow);
    }

    [Theory]
    [InlineData(Ack)]
    [InlineData(Syn | Ack)]
    [InlineData(Ack | TcpFlags.Fin)]
    [InlineData(TcpFlags.Rst)]
    [InlineData(TcpFlags.None)]
    public void Rfc9293_Section3_5_A_connection_begins_with_a_SYN_alone(TcpFlags flags)
    {
        Assert.Equal(ServiceAction.Drop, FromClient(flags, 1000, 5000));
        Assert.Equal(0, _set.FlowCount);
        Assert.Equal(1, _set.CountOf(ServiceReason.InvalidState));
    }

    [Fact]
    public void Rfc9293_Section3_5_2_A_refusal_passes_if_it_acknowledges_the_SYN()
    {
        _ = FromClient(Syn, 1000);
        Assert.Equal(ServiceAction.Drop, FromServer(TcpFlags.Rst | Ack, 0, 999));
        Assert.Equal(ServiceAction.Forward, FromServer(TcpFlags.Rst | Ack, 0, 1001));
    }

    [Theory]
    [InlineData(1001 + 2000, 5001, "data beyond what the server offered")]
    [InlineData(1001 - 70_000, 5001, "data acknowledged long ago")]
    [InlineData(1001, 5002, "an acknowledgement of what was never sent")]
    [InlineData(1001, 5001 - 70_000, "an acknowledgement from long ago")]
    public void Rfc9293_Section3_10_7_4_Segments_outside_the_window_are_dropped(long sequence, long acknowledged, string why)
    {
        Open();
        Assert.True(FromClient(Ack, (uint)sequence, (uint)acknowledged, payload: 10) == ServiceAction.Drop, why);
        Assert.Equal(1, Tracker.Counters.OutOfWindow);
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, 1001, 5001, payload: 10));
    }

    [Fact]
    public void Rfc7323_Section2_Windows_are_scaled_if_both_sides_said_so()
    {
        _ = FromClient(Syn, 1000, scale: 7);
        _ = FromServer(Syn | Ack, 5000, 1001, window: 1000, scale: 7);
        _ = FromClient(Ack, 1001, 5001, window: 1000);
        Assert.Equal(ServiceAction.Forward, FromServer(Ack, 5001, 1001, window: 1000));
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, 1001 + 100_000, 5001, payload: 100));
        Assert.Equal(ServiceAction.Drop, FromClient(Ack, 1001 + 129_000, 5001, payload: 100));
    }

    [Fact]
    public void Rfc7323_Section2_2_Windows_are_not_scaled_if_only_one_side_said_so()
    {
        _ = FromClient(Syn, 1000, scale: 7);
        _ = FromServer(Syn | Ack, 5000, 1001, window: 1000);
        _ = FromClient(Ack, 1001, 5001);
        _ = FromServer(Ack, 5001, 1001, window: 1000);
        Assert.Equal(ServiceAction.Drop, FromClient(Ack, 1001 + 2000, 5001, payload: 100));
    }

    [Fact]
    public void Rfc5961_Section3_A_reset_that_is_not_exact_passes_and_ends_nothing()
    {
        Open();
        Assert.Equal(ServiceAction.Forward, FromServer(TcpFlags.Rst, 5101, 0));
        Assert.Equal(1, Tracker.Counters.Challenged);
        Timestamp later = Start + TimeSpan.FromMinutes(10);
        _ = Advance(later);
        Assert.Equal(1, _set.FlowCount);

        Assert.Equal(ServiceAction.Forward, FromServer(TcpFlags.Rst, 5001, 0, now: later));
        _ = Advance(later + TimeSpan.FromSeconds(11));
        Assert.Equal(0, _set.FlowCount);
    }

    [Fact]
    public void Rfc5961_Section4_A_SYN_in_a_living_connection_passes_for_its_receiver_to_challenge()
    {
        Open();
        Assert.Equal(ServiceAction.Forward, FromClient(Syn, 90_000));
        Assert.Equal(1, Tracker.Counters.Challenged);
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, 1001, 5001, payload: 10));
    }

    [Fact]
    public void Rfc5927_Section4_1_An_error_must_embed_a_number_that_is_under_way()
    {
        Open();
        byte[] sent = Tcp(Machine, 4000, Remote, 80, Ack, 1001, 5001, payload: 100);
        _ = Out(_set, sent);
        Assert.Equal(ServiceAction.Forward, In(_set, Unreachable(Other, Machine, sent)));
        Assert.Equal(ServiceAction.Drop, In(_set, Unreachable(Other, Machine, Tcp(Machine, 4000, Remote, 80, Ack, 999_999, 5001))));
        Assert.Equal(1, Tracker.Counters.ErrorsRefused);
    }

    [Fact]
    public void Rfc793_A_closed_connection_is_opened_again_with_the_same_ports()
    {
        Open();
        _ = FromClient(Ack | TcpFlags.Fin, 1001, 5001);
        _ = FromServer(Ack | TcpFlags.Fin, 5001, 1002);
        _ = FromClient(Ack, 1002, 5002);
        Assert.Equal(ServiceAction.Forward, FromClient(Syn, 77_000));
        Assert.Equal(ServiceAction.Forward, FromServer(Syn | Ack, 88_000, 77_001));
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, 77_001, 88_001, payload: 5));
        Assert.Equal(1, _set.FlowCount);
    }

    [Fact]
    public void Sequence_numbers_wrap()
    {
        _ = FromClient(Syn, uint.MaxValue - 5);
        _ = FromServer(Syn | Ack, uint.MaxValue - 2, uint.MaxValue - 4);
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, uint.MaxValue - 4, uint.MaxValue - 1, payload: 100));
        Assert.Equal(ServiceAction.Forward, FromServer(Ack, uint.MaxValue - 1, 95, payload: 100));
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, 95, 98));
        Assert.Equal(ServiceAction.Drop, FromClient(Ack, 95, 5000));
    }

    [Fact]
    public void A_tracker_that_picks_up_takes_connections_in_their_middle_and_then_holds_them_to_it()
    {
        using ServiceSet set = Make(new ConnectionTrackerOptions { PickUp = true });
        Assert.Equal(ServiceAction.Forward, Out(set, Tcp(Machine, 4000, Remote, 80, Ack, 5_000_000, 9_000_000, payload: 10)));
        Assert.Equal(ServiceAction.Forward, In(set, Tcp(Remote, 80, Machine, 4000, Ack, 9_000_000, 5_000_010, payload: 10)));
        Assert.Equal(ServiceAction.Forward, Out(set, Tcp(Machine, 4000, Remote, 80, Ack, 5_000_010, 9_000_010, payload: 10)));
        Assert.Equal(ServiceAction.Drop, Out(set, Tcp(Machine, 4000, Remote, 80, Ack, 4_000_000_000, 9_000_010, payload: 10)));
    }

    [Fact]
    public void A_liberal_tracker_counts_and_lets_pass()
    {
        using ServiceSet set = Make(new ConnectionTrackerOptions { Liberal = true });
        Assert.Equal(ServiceAction.Forward, Out(set, Tcp(Machine, 4000, Remote, 80, Ack, 1, 1)));
        Assert.Equal(1, set.ServiceAt<ConnectionTracker, ConnectionState>(0).Counters.OutOfWindow);
    }

    private static ServiceSet Make(ConnectionTrackerOptions options)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(options));
        return new ServiceSet(Options("connections"), catalog);
    }

    private void Open()
    {
        Assert.Equal(ServiceAction.Forward, FromClient(Syn, 1000));
        Assert.Equal(ServiceAction.Forward, FromServer(Syn | Ack, 5000, 1001));
        Assert.Equal(ServiceAction.Forward, FromClient(Ack, 1001, 5001));
    }

    private int Advance(Timestamp now)
    {
        int ended = 0;
        for (int i = 0; i < 10; i++)
        {
            ended += _set.Advance(now);
        }

        return ended;
    }

    private ServiceAction FromClient(TcpFlags flags, uint sequence, uint acknowledged = 0, int payload = 0, ushort window = 1000, byte? scale = null) =>
        Out(_set, Tcp(Machine, 4000, Remote, 80, flags, sequence, acknowledged, payload, window, scale));

    private ServiceAction FromServer(TcpFlags flags, uint sequence, uint acknowledged, int payload = 0, ushort window = 1000, byte? scale = null, Timestamp? now = null) =>
        In(_set, Tcp(Remote, 80, Machine, 4000, flags, sequence, acknowledged, payload, window, scale), now);
}
