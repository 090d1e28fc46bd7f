using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>Firewall, load balancer, policer and mirror, each with packets in and packets out.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class RealServicesTests
{
    private static readonly IPv4Address Virtual = IPv4Address.Parse("10.96.0.1");
    private static readonly IPv4Address[] Servers = [IPv4Address.Parse("10.1.0.1"), IPv4Address.Parse("10.1.0.2"), IPv4Address.Parse("10.1.0.3")];

    [Fact]
    public void A_firewall_lets_answers_in_and_strangers_not()
    {
        using ServiceSet set = WithFirewall(OnlyOutwards(1));
        Assert.Equal(ServiceAction.Forward, Out(set, Udp(Machine, 1000, Remote, 53)));
        Assert.Equal(ServiceAction.Forward, In(set, Udp(Remote, 53, Machine, 1000)));
        Assert.Equal(ServiceAction.Drop, In(set, Udp(Remote, 53, Machine, 1001)));
        Assert.Equal(ServiceAction.Drop, In(set, Udp(Other, 53, Machine, 1000)));
        Assert.Equal(1, set.FlowCount);
    }

    [Fact]
    public void A_new_policy_ends_what_it_forbids_and_leaves_the_rest()
    {
        using ServiceSet set = WithFirewall(OnlyOutwards(1));
        _ = Out(set, Udp(Machine, 1000, Remote, 53));
        _ = Out(set, Udp(Machine, 1000, Other, 53));
        var remoteOnly = new FirewallRule { Name = "remote", Action = FirewallAction.Allow, Remote = new AddressSet([AddressSet.Of(IPv4Prefix.Parse("198.51.100.7/32"))]) };
        set.ServiceAt<Firewall, FirewallState>(0).Policy = new FirewallPolicy([remoteOnly], FirewallAction.Drop, 2);
        Assert.Equal(ServiceAction.Forward, In(set, Udp(Remote, 53, Machine, 1000)));
        Assert.Equal(ServiceAction.Drop, In(set, Udp(Other, 53, Machine, 1000)));
        Assert.Equal(1, set.ServiceAt<Firewall, FirewallState>(0).Counters.Revoked);
    }

    [Fact]
    public void A_rejected_connection_is_answered_with_a_reset_that_acknowledges_its_SYN()
    {
        using ServiceSet set = WithFirewall(new FirewallPolicy([], FirewallAction.Reject, 1));
        Assert.Equal(ServiceAction.Drop, Out(set, Tcp(Machine, 4000, Remote, 80, TcpFlags.Syn, 1000)));
        Assert.True(set.Outbox.TryTake(out ReadOnlySpan<byte> frame, out ServiceOutput where));
        Assert.Equal(ServiceOutput.ToMachine, where);
        AssertSums(frame);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.True(TcpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out TcpView reset));
        Assert.Equal((TcpFlags.Rst | TcpFlags.Ack, 1001u, (ushort)80, (ushort)4000), (reset.Flags, reset.AcknowledgmentNumber, reset.SourcePort, reset.DestinationPort));
    }

    [Fact]
    public void A_rejected_datagram_is_answered_with_administratively_prohibited()
    {
        using ServiceSet set = WithFirewall(new FirewallPolicy([], FirewallAction.Reject, 1));
        byte[] query = Udp(Other, 1000, Machine, 53);
        Assert.Equal(ServiceAction.Drop, In(set, query));
        Assert.True(set.Outbox.TryTake(out ReadOnlySpan<byte> frame, out ServiceOutput where));
        Assert.Equal(ServiceOutput.FromMachine, where);
        AssertSums(frame);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.True(IcmpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpView error));
        Assert.Equal((IcmpType.DestinationUnreachable, (byte)13), (error.Type, error.Code));
        Assert.Equal(query.AsSpan(14, 20), error.EmbeddedPacket[..20]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Rfc4443_Section2_4_A_flood_of_rejected_packets_is_answered_no_more_often_than_the_machine_may()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy([], FirewallAction.Reject, 1)));
        using var set = new ServiceSet(Options("firewall") with { RejectionsPerSecond = 5 }, catalog);
        int answered = 0;
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal(ServiceAction.Drop, In(set, Tcp(Remote, (ushort)(4000 + i), Machine, 80, TcpFlags.Syn, 1000)));
            answered += set.Outbox.TryTake(out _, out _) ? 1 : 0;
        }

        Assert.Equal((5, (5L, 35L)), (answered, set.RejectionAnswers));
        FirewallCounters counters = set.ServiceAt<Firewall, FirewallState>(0).Counters;
        Assert.Equal((40L, 5L, 35L), (counters.Denied, counters.Rejected, counters.Unanswered));
        _ = In(set, Tcp(Remote, 5000, Machine, 80, TcpFlags.Syn, 1000), Start + TimeSpan.FromSeconds(1));
        Assert.True(set.Outbox.TryTake(out _, out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1122_Section3_2_2_Errors_resets_and_later_fragments_that_are_rejected_are_not_answered()
    {
        using ServiceSet set = WithFirewall(new FirewallPolicy([], FirewallAction.Reject, 1));
        Assert.Equal(ServiceAction.Drop, In(set, Tcp(Remote, 80, Machine, 4000, TcpFlags.Rst, 1000)));
        Assert.Equal(ServiceAction.Drop, In(set, Unreachable(Remote, Machine, Udp(Machine, 1, Remote, 2))));
        Assert.Equal(ServiceAction.Drop, In(set, Udp(IPv4Address.Parse("224.0.0.1"), 1, Machine, 2)));
        Assert.False(set.Outbox.TryTake(out _, out _));
        Assert.Equal((0L, 0L), set.RejectionAnswers);
    }

    [Fact]
    public void Address_sets_agree_with_a_list_of_prefixes()
    {
        var random = new Random(4);
        var prefixes = Enumerable.Range(0, 40).Select(_ => new IPv4Prefix(new IPv4Address((uint)random.Next(0, 1 << 16) << 16), random.Next(8, 25))).ToList();
        var set = new AddressSet(prefixes.Select(AddressSet.Of));
        for (int i = 0; i < 20_000; i++)
        {
            var address = new IPv4Address((uint)random.NextInt64(0, 1L << 32));
            Assert.Equal(prefixes.Any(prefix => prefix.Contains(address)), set.Contains(IPv6Address.MapIPv4(address)));
        }

        Assert.True(AddressSet.Everything.Contains(IPv6Address.Parse("ffff::1")));
        Assert.False(new AddressSet([]).Contains(IPv6Address.Any));
        Assert.True(new AddressSet([IPv6Prefix.Parse("2001:db8::1/128")]).Contains(IPv6Address.Parse("2001:db8::1")));
        Assert.False(new AddressSet([IPv6Prefix.Parse("2001:db8::1/128")]).Contains(IPv6Address.Parse("2001:db8::2")));
    }

    [Fact]
    public void A_load_balancer_spreads_flows_keeps_each_at_its_server_and_hides_the_servers_from_the_client()
    {
        using ServiceSet set = WithBalancer(Servers);
        var used = new HashSet<IPv4Address>();
        for (ushort port = 1000; port < 1060; port++)
        {
            (ServiceResult result, byte[] sent) = Send(set, ServiceDirection.FromMachine, Udp(Machine, port, Virtual, 53));
            Assert.Equal(ServiceAction.Forward, result.Action);
            AssertSums(sent);
            var server = IPv4Address.Read(sent.AsSpan(30));
            Assert.Contains(server, Servers);
            Assert.True(used.Add(server) || used.Count <= Servers.Length);
            Assert.Equal(5353, sent[36] << 8 | sent[37]);

            (_, byte[] answer) = Send(set, ServiceDirection.ToMachine, Udp(server, 5353, Machine, port));
            AssertSums(answer);
            Assert.Equal(Virtual, IPv4Address.Read(answer.AsSpan(26)));
            Assert.Equal(53, answer[34] << 8 | answer[35]);

            (_, byte[] again) = Send(set, ServiceDirection.FromMachine, Udp(Machine, port, Virtual, 53));
            Assert.Equal(server, IPv4Address.Read(again.AsSpan(30)));
        }

        Assert.Equal(Servers.Length, used.Count);
    }

    [Fact]
    public void Flows_keep_their_server_when_it_leaves_the_list_and_new_ones_avoid_it()
    {
        using ServiceSet set = WithBalancer(Servers);
        var before = new Dictionary<ushort, IPv4Address>();
        for (ushort port = 1000; port < 1030; port++)
        {
            before[port] = IPv4Address.Read(Send(set, ServiceDirection.FromMachine, Udp(Machine, port, Virtual, 53)).Frame.AsSpan(30));
        }

        set.ServiceAt<LoadBalancer, LoadBalancerState>(0).SetServices([Service(Servers[0])]);
        foreach ((ushort port, IPv4Address server) in before)
        {
            Assert.Equal(server, IPv4Address.Read(Send(set, ServiceDirection.FromMachine, Udp(Machine, port, Virtual, 53)).Frame.AsSpan(30)));
        }

        Assert.Equal(Servers[0], IPv4Address.Read(Send(set, ServiceDirection.FromMachine, Udp(Machine, 2000, Virtual, 53)).Frame.AsSpan(30)));
    }

    [Fact]
    public void An_error_about_a_balanced_packet_reaches_the_client_under_the_virtual_address()
    {
        using ServiceSet set = WithBalancer(Servers);
        byte[] sent = Send(set, ServiceDirection.FromMachine, Udp(Machine, 1000, Virtual, 53)).Frame;
        var server = IPv4Address.Read(sent.AsSpan(30));
        (ServiceResult result, byte[] error) = Send(set, ServiceDirection.ToMachine, Unreachable(server, Machine, sent, quoted: 48));
        Assert.Equal(ServiceAction.Forward, result.Action);
        AssertSums(error);
        Assert.Equal(Virtual, IPv4Address.Read(error.AsSpan(26)));
        ReadOnlySpan<byte> embedded = error.AsSpan(42, 48);
        Assert.Equal(Virtual, IPv4Address.Read(embedded[16..]));
        Assert.Equal(53, embedded[22] << 8 | embedded[23]);
        Assert.True(InternetChecksum.IsValid(embedded[..20]));
        Assert.True(InternetChecksum.IsValid(embedded[20..], InternetChecksum.PseudoHeader(Machine, Virtual, IpProtocol.Udp, 28)));

        (_, byte[] fromRouter) = Send(set, ServiceDirection.ToMachine, Unreachable(Other, Machine, sent));
        AssertSums(fromRouter);
        Assert.Equal(Other, IPv4Address.Read(fromRouter.AsSpan(26)));
    }

    [Fact]
    public void A_virtual_service_without_servers_refuses_and_other_flows_pass_untouched()
    {
        using ServiceSet set = WithBalancer();
        Assert.Equal(ServiceReason.NoResource, Send(set, ServiceDirection.FromMachine, Udp(Machine, 1000, Virtual, 53)).Result.Reason);
        byte[] other = Udp(Machine, 1000, Remote, 53);
        Assert.Equal(other, Send(set, ServiceDirection.FromMachine, other).Frame);
    }

    [Fact]
    public void A_policer_gives_each_flow_and_the_machine_their_rates_and_no_more()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Policer, PolicerState>("policer", _ => new Policer(new PolicerOptions { FlowBitsPerSecond = 800_000, FlowsPerSecond = 100, Burst = TimeSpan.FromMilliseconds(100) }, Start));
        using var set = new ServiceSet(Options("policer"), catalog);
        byte[] frame = Udp(Machine, 1000, Remote, 53, payload: 972); // 1,000 octets of IP
        long passed = 0;
        for (int ms = 0; ms < 2000; ms++)
        {
            passed += Out(set, frame, Start + TimeSpan.FromMilliseconds(ms)) == ServiceAction.Forward ? 1000 : 0;
        }

        // 100,000 octets a second for 2 seconds, and a burst of 10,000.
        Assert.InRange(passed, 200_000, 211_000);
        int flows = Enumerable.Range(0, 50).Count(i => Out(set, Udp(Machine, (ushort)(2000 + i), Remote, 53), Start + TimeSpan.FromSeconds(3)) == ServiceAction.Forward);
        Assert.Equal(10, flows);
    }

    [Fact]
    public void A_mirror_copies_the_first_packets_of_each_flow()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Mirror, MirrorState>("mirror", _ => new Mirror(firstPackets: 2, snapBytes: 64));
        using var set = new ServiceSet(Options("mirror"), catalog);
        int copies = 0;
        for (int i = 0; i < 5; i++)
        {
            byte[] frame = Udp(Machine, 1000, Remote, 53, payload: 200);
            _ = Out(set, frame);
            while (set.Outbox.TryTake(out ReadOnlySpan<byte> copy, out ServiceOutput where))
            {
                Assert.Equal(ServiceOutput.Mirror, where);
                Assert.Equal(frame.AsSpan(0, 64), copy);
                copies++;
            }
        }

        Assert.Equal(2, copies);
    }

    private static FirewallPolicy OnlyOutwards(uint generation) =>
        new([new FirewallRule { Name = "outwards", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.FromMachine }], FirewallAction.Drop, generation);

    private static ServiceSet WithFirewall(FirewallPolicy policy)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(policy));
        return new ServiceSet(Options("firewall"), catalog);
    }

    private static VirtualService Service(params IPv4Address[] servers) =>
        new(IPv6Address.MapIPv4(Virtual), IpProtocol.Udp, 53, [.. servers.Select(server => new Backend(IPv6Address.MapIPv4(server), 5353))]);

    private static ServiceSet WithBalancer(params IPv4Address[] servers)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<LoadBalancer, LoadBalancerState>("lb", _ => new LoadBalancer([Service(servers)], new HashSeed(1, 2)));
        return new ServiceSet(Options("lb"), catalog);
    }
}
