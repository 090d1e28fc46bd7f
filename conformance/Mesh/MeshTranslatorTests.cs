using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Mesh;
using Weft.Mesh.Records;
using Weft.Packets;
using static Weft.Conformance.MeshTests.MeshTestBed;

namespace Weft.Conformance.MeshTests;

/// <summary>Redirect, restore, and their inverses.</summary>
public sealed class MeshTranslatorTests
{
    private const string Original = "4500002c1234400040069c70c6120001c61200029c401f9011223344000000006002faf010d70000020405b4";
    private const string Redirected = "4500002c1234400040062a557f4000027f0000019c403a9a11223344000000006002faf083b10000020405b4";
    private const string FromAgent = "4500002c1234400040062a557f4000017f0000029c411f9011223344000000006002faf09eba0000020405b4";
    private const string Restored = "4500002c1234400040069c70c6120001c61200029c411f9011223344000000006002faf010d60000020405b4";

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(Original, Redirected, "127.64.0.2", "127.0.0.1", 15002)]
    [InlineData(FromAgent, Restored, "198.18.0.1", "198.18.0.2", 8080)]
    public void Rfc1624_Section3_a_segment_whose_checksums_were_computed_from_scratch_is_rewritten_to_the_octet(string before, string after, string source, string destination, int port)
    {
        using var table = new RecordTable<FlowKey4, Family4>(16, Options);
        byte[] packet = Convert.FromHexString(before);
        PacketLayout layout = LayOut(packet);
        Assert.True(FlowKey4.TryRead(packet, in layout, out FlowKey4 key));
        var to = new MeshEndpoint(IPv4Address.Parse(destination), (ushort)port);
        Assert.Equal(MeshDropReason.None, table.Open(MeshFlowKind.Redirect, in key, new MeshEndpoint(IPv4Address.Parse(source), key.SourcePort), to, 0, 0, out FlowHandle handle));
        Assert.True(table.TryTranslate(handle, ref packet[0], ref packet[20], IpProtocol.Tcp, 0, out _));
        Assert.Equal(after, Convert.ToHexStringLower(packet));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_connection_arrives_as_if_nothing_were_between_whoever_calls_whom() =>
        Prop.ForAll(Meshes(5), Arb.From(Gen.Choose(0, int.MaxValue)), (mesh, seed) =>
        {
            Dictionary<MachineId, MeshTranslator> translators = mesh.ToDictionary(machine => machine.Id, machine => new MeshTranslator(Build(mesh, machine), Options));
            try
            {
                return (from client in mesh
                        from server in mesh
                        where client != server
                        from service in server.Services
                        from address in client.Addresses
                        where MeshAddress.IsIPv4(address) == service.Endpoint.IsIPv4
                        select Travels(translators[client.Id], translators[server.Id], new MeshEndpoint(address, (ushort)(32768 + (seed++ % 20000))), service)).All(arrived => arrived);
            }
            finally
            {
                foreach (MeshTranslator translator in translators.Values)
                {
                    translator.Dispose();
                }
            }
        }).Check(Chance.Of(60));

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void What_the_agent_sends_back_undoes_what_was_done_octet_by_octet()
    {
        Gen<(bool IsIPv4, bool IsUdp, int Service, int Port, int Payload, int Options, int Sequence)> packets =
            from isIPv4 in Gen.Elements(true, false)
            from isUdp in Gen.Elements(true, false)
            from service in Gen.Choose(0, 1)
            from port in Gen.Choose(1024, 65535)
            from payload in Gen.Choose(0, 40)
            from options in Gen.Choose(0, 10)
            from sequence in Gen.Choose(0, int.MaxValue)
            select (isIPv4, isUdp, service, port, payload, options * 4, sequence);
        Prop.ForAll(Arb.From(packets), draw =>
        {
            using var translator = new MeshTranslator(Plan(0), Options);
            var client = new MeshEndpoint(draw.IsIPv4 ? Address4(0) : Address6(0), (ushort)draw.Port);
            var service = new MeshEndpoint(draw.IsIPv4 ? Address4(1) : Address6(1), draw.IsUdp ? (ushort)53 : draw.Service == 0 ? (ushort)8080 : (ushort)5432);
            byte[] request = draw.IsUdp ? UdpPacket(client, service, draw.Payload, draw.Options != 0) : TcpPacket(client, service, TcpFlags.Syn, (uint)draw.Sequence, draw.Payload, draw.Options);
            bool redirected = Process(translator, request, MeshSide.Application).Action == MeshAction.Redirected && AddsUp(request);
            (MeshEndpoint agentClient, MeshEndpoint agentService) = Ends(request);

            // The answer of the agent, and the one that the service itself would have sent.
            byte[] answer = draw.IsUdp ? UdpPacket(agentService, agentClient, draw.Payload, draw.Options != 0) : TcpPacket(agentService, agentClient, TcpFlags.Syn | TcpFlags.Ack, (uint)draw.Sequence, draw.Payload, draw.Options);
            byte[] direct = draw.IsUdp ? UdpPacket(service, client, draw.Payload, draw.Options != 0) : TcpPacket(service, client, TcpFlags.Syn | TcpFlags.Ack, (uint)draw.Sequence, draw.Payload, draw.Options);
            return redirected && Process(translator, answer, MeshSide.Agent).Action == MeshAction.Unredirected && answer.AsSpan().SequenceEqual(direct);
        }).Check(Chance.Of(400));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(true)]
    [InlineData(false)]
    public void Rfc1624_Section4_checksums_at_both_ends_of_their_range_come_out_as_from_scratch(bool isUdp)
    {
        using var translator = new MeshTranslator(Plan(0), Options);
        var service = new MeshEndpoint(Address4(1), isUdp ? (ushort)53 : (ushort)8080);
        int corners = 0;
        for (int port = 1024; port <= 65535; port += 3)
        {
            byte[] packet = isUdp ? UdpPacket(new MeshEndpoint(Address4(0), (ushort)port), service) : TcpPacket(new MeshEndpoint(Address4(0), (ushort)port), service, TcpFlags.Syn);
            MeshVerdict verdict = Process(translator, packet, MeshSide.Application, Start + TimeSpan.FromHours(port));
            Assert.Equal(MeshAction.Redirected, verdict.Action);
            (MeshEndpoint from, MeshEndpoint to) = Ends(packet);
            Assert.Equal(isUdp ? UdpPacket(from, to) : TcpPacket(from, to, TcpFlags.Syn), packet);
            int checksum = (packet[isUdp ? 26 : 36] << 8) | packet[isUdp ? 27 : 37];
            corners += checksum is 0xFFFF or 0 or < 3 or > 0xFFFC ? 1 : 0;
            _ = translator.Advance(Start + TimeSpan.FromHours(port + 2), 100);
        }

        Assert.True(corners > 0, "no checksum came near the ends; the test says nothing");
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_plan_that_takes_anothers_place_moves_no_connection_that_lives()
    {
        using var translator = new MeshTranslator(Plan(0, machines: 3), Options);
        var client = new MeshEndpoint(Address4(0), 40000);
        var service = new MeshEndpoint(Address4(1), 8080);
        byte[] first = TcpPacket(client, service, TcpFlags.Syn);
        _ = Process(translator, first, MeshSide.Application);
        (MeshEndpoint agentClient, MeshEndpoint agentService) = Ends(first);
        byte[] incoming = TcpPacket(new MeshEndpoint(Plan(0).RestoreSources[0].Loopback, 41000), new MeshEndpoint(Plan(0).RestoreDestinations[0].Loopback, 8080), TcpFlags.Syn);
        Assert.Equal(MeshAction.Restored, Process(translator, incoming, MeshSide.Agent).Action);

        // The server's machine is gone, and its addresses are another's with another number.
        translator.Swap(new MeshPlanBuilder(Pool).Add(Machine(0) with { Ports = [] }).Add(Machine(9) with { Addresses = Machine(1).Addresses, Tunnel = Machine(1).Tunnel }).Build(new MachineId(0), 2));
        byte[] later = TcpPacket(client, service, TcpFlags.Ack, payload: 5);
        Assert.Equal(MeshAction.Redirected, Process(translator, later, MeshSide.Application).Action);
        Assert.Equal((agentClient, agentService), Ends(later));
        byte[] answer = TcpPacket(agentService, agentClient, TcpFlags.Ack);
        Assert.Equal(MeshAction.Unredirected, Process(translator, answer, MeshSide.Agent).Action);
        Assert.Equal((service, client), Ends(answer));
        byte[] served = TcpPacket(new MeshEndpoint(Address4(0), 8080), new MeshEndpoint(Address4(1), 41000), TcpFlags.Ack);
        Assert.Equal(MeshAction.Unrestored, Process(translator, served, MeshSide.Application).Action);

        byte[] another = TcpPacket(client with { Port = 40001 }, service, TcpFlags.Syn);
        Assert.Equal(MeshAction.Redirected, Process(translator, another, MeshSide.Application).Action);
        Assert.NotEqual(agentService, Ends(another).To);
        Assert.Equal(1, translator.Counters.Swaps);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc9293_Section3_10_a_SYN_on_a_connection_that_is_over_opens_another_one()
    {
        using var translator = new MeshTranslator(Plan(0), Options);
        var client = new MeshEndpoint(Address4(0), 40000);
        var service = new MeshEndpoint(Address4(1), 8080);
        byte[] opening = TcpPacket(client, service, TcpFlags.Syn);
        Assert.True(Process(translator, opening, MeshSide.Application).IsNew);
        (MeshEndpoint agentClient, MeshEndpoint agentService) = Ends(opening);
        Assert.False(Process(translator, TcpPacket(client, service, TcpFlags.Syn), MeshSide.Application).IsNew);
        _ = Process(translator, TcpPacket(agentService, agentClient, TcpFlags.Syn | TcpFlags.Ack), MeshSide.Agent);
        _ = Process(translator, TcpPacket(client, service, TcpFlags.Fin | TcpFlags.Ack), MeshSide.Application);
        _ = Process(translator, TcpPacket(agentService, agentClient, TcpFlags.Fin | TcpFlags.Ack), MeshSide.Agent);
        Assert.Equal(MeshAction.Redirected, Process(translator, TcpPacket(client, service, TcpFlags.Ack), MeshSide.Application).Action);
        Assert.True(Process(translator, TcpPacket(client, service, TcpFlags.Syn), MeshSide.Application).IsNew);
        Assert.Equal((1, 1L), (translator.Count, translator.Counters.Reused));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(TcpFlags.Syn, 240)]
    [InlineData(TcpFlags.Rst, 240)]
    [InlineData(TcpFlags.Ack, 7440)]
    public void Rfc5382_Req5_a_connection_is_remembered_as_long_as_its_stage_says(TcpFlags last, int seconds)
    {
        using var translator = new MeshTranslator(Plan(0), Options);
        var client = new MeshEndpoint(Address4(0), 40000);
        var service = new MeshEndpoint(Address4(1), 8080);
        byte[] opening = TcpPacket(client, service, TcpFlags.Syn);
        _ = Process(translator, opening, MeshSide.Application);
        if (last != TcpFlags.Syn)
        {
            (MeshEndpoint agentClient, MeshEndpoint agentService) = Ends(opening);
            _ = Process(translator, TcpPacket(agentService, agentClient, TcpFlags.Syn | TcpFlags.Ack), MeshSide.Agent);
            _ = Process(translator, TcpPacket(client, service, last), MeshSide.Application);
        }

        for (int at = 10; at < seconds; at += 10)
        {
            Assert.Equal(0, translator.Advance(Start + TimeSpan.FromSeconds(at), 100));
        }

        Assert.Equal(1, translator.Advance(Start + TimeSpan.FromSeconds(seconds + 1), 100));
        Assert.Equal((0, 1L), (translator.Count, translator.Counters.Expired));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Rfc5508_Section4_2_an_error_about_a_translated_packet_comes_out_as_one_about_the_original(bool isIPv4, bool truncated)
    {
        using var translator = new MeshTranslator(Plan(0), Options);
        var client = new MeshEndpoint(isIPv4 ? Address4(0) : Address6(0), 40000);
        var service = new MeshEndpoint(isIPv4 ? Address4(1) : Address6(1), 53);
        byte[] original = UdpPacket(client, service);
        byte[] translated = [.. original];
        _ = Process(translator, translated, MeshSide.Application);
        (MeshEndpoint agentClient, MeshEndpoint agentService) = Ends(translated);
        int octets = truncated ? (isIPv4 ? 28 : 48) : int.MaxValue;
        byte[] error = Error(agentService.Address, agentClient.Address, translated, octets);
        Assert.Equal(MeshAction.Unredirected, Process(translator, error, MeshSide.Agent).Action);
        Assert.Equal(Convert.ToHexString(Error(service.Address, client.Address, original, octets)), Convert.ToHexString(error));
        Assert.Equal(1, translator.Counters.Errors);

        // And the other way: the client has gone, and says so to the service.
        byte[] answer = UdpPacket(agentService, agentClient);
        byte[] seen = [.. answer];
        _ = Process(translator, seen, MeshSide.Agent);
        byte[] gone = Error(client.Address, service.Address, seen, octets);
        Assert.Equal(MeshAction.Redirected, Process(translator, gone, MeshSide.Application).Action);
        Assert.Equal(Convert.ToHexString(Error(agentClient.Address, agentService.Address, answer, octets)), Convert.ToHexString(gone));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void It_remembers_connections_like_a_dictionary_does()
    {
        Arbitrary<(int Verb, int Port, int Service)[]> steps = Arb.From(
            (from verb in Gen.Choose(0, 6) from port in Gen.Choose(0, 3) from service in Gen.Choose(0, 1) select (verb, port, service)).ArrayOf(),
            list => Enumerable.Range(0, list.Length).Select(skip => list.Where((_, at) => at != skip).ToArray()));
        Prop.ForAll(steps, list =>
        {
            using var translator = new MeshTranslator(Plan(0), Options);
            var open = new Dictionary<(int, int), DateTime>();
            MeshPlan plan = translator.Plan;
            DateTime clock = DateTime.UnixEpoch;
            foreach ((int verb, int port, int at) in list)
            {
                var client = new MeshEndpoint(Address4(0), (ushort)(40000 + port));
                var service = new MeshEndpoint(Address4(1), at == 0 ? (ushort)8080 : (ushort)5432);
                Assert.True(plan.TryFindListenerOf(service, IpProtocol.Tcp, out MeshListener listener));
                var agentClient = new MeshEndpoint(plan.RedirectSources[0].Loopback, client.Port);
                Timestamp now = Start + (clock - DateTime.UnixEpoch);
                (byte[] packet, MeshSide from) = verb switch
                {
                    0 or 1 => (TcpPacket(client, service, TcpFlags.Syn), MeshSide.Application),
                    2 or 3 => (TcpPacket(client, service, TcpFlags.Ack), MeshSide.Application),
                    _ => (TcpPacket(listener.Local, agentClient, TcpFlags.Ack), MeshSide.Agent),
                };
                if (verb == 6)
                {
                    clock += TimeSpan.FromSeconds(100 * port);
                    _ = translator.Advance(Start + (clock - DateTime.UnixEpoch), 1000);
                    foreach ((int, int) idle in open.Where(pair => pair.Value <= clock).Select(pair => pair.Key).ToArray())
                    {
                        _ = open.Remove(idle);
                    }

                    continue;
                }

                bool known = open.ContainsKey((port, at));
                MeshVerdict verdict = Process(translator, packet, from, now);
                MeshAction expected = verb <= 1 || known ? from == MeshSide.Agent ? MeshAction.Unredirected : MeshAction.Redirected : MeshAction.Drop;
                if (verdict.Action != expected || verdict.IsNew != (verb <= 1 && !known) || (expected == MeshAction.Drop && verdict.Reason != MeshDropReason.NoRecord))
                {
                    return false;
                }

                if (expected != MeshAction.Drop)
                {
                    // An answer makes it established; the model remembers that by how late the connection ends.
                    bool established = from == MeshSide.Agent || (known && open[(port, at)] - clock > TimeSpan.FromSeconds(240)) || IsLong(translator, client, service, now);
                    open[(port, at)] = clock + TimeSpan.FromSeconds(established ? 7440 : 240);
                }
            }

            return translator.Count == open.Count;
        }).Check(Chance.Of(300).WithEndSize(80));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Packets_connections_errors_refusals_and_expiries_allocate_nothing()
    {
        using var translator = new MeshTranslator(Plan(0), Options with { IPv4Flows = 64 });
        byte[] syn = TcpPacket(new MeshEndpoint(Address4(0), 1), new MeshEndpoint(Address4(1), 8080), TcpFlags.Syn);
        byte[] six = UdpPacket(new MeshEndpoint(Address6(0), 1), new MeshEndpoint(Address6(1), 53));
        byte[] error = Error(Address4(0), Address4(1), syn);
        byte[] stray = TcpPacket(new MeshEndpoint(Address4(0), 1), new MeshEndpoint(Address4(1), 5432), TcpFlags.Ack);
        byte[] copy = new byte[256];
        var flows = new MeshFlow[64];
        long seconds = 0;
        long bytes = Allocations.Of(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                Timestamp now = Start + TimeSpan.FromSeconds(seconds++);
                foreach (byte[] packet in (ReadOnlySpan<byte[]>)[syn, six, error, stray])
                {
                    packet.CopyTo(copy, 0);
                    int port = packet[0] >> 4 == 4 ? 20 : 40;
                    copy[port] = (byte)(i >> 8);
                    copy[port + 1] = (byte)i;
                    Span<byte> frame = copy.AsSpan(0, packet.Length);
                    _ = PacketLayout.TryParseNetwork(frame, packet[0] >> 4 == 4 ? EtherType.IPv4 : EtherType.IPv6, out PacketLayout layout);
                    _ = translator.Process(frame, in layout, MeshSide.Application, now);
                }

                _ = translator.Advance(now, 16);
                int cursor = 0;
                _ = translator.CopyTo(ref cursor, flows, [], now);
            }
        });
        Assert.Equal(0, bytes);
        Assert.True(translator.Counters is { Expired: > 0, TableFull: > 0, NoRecord: > 0, RedirectFlows: > 0 });
    }

    private static bool IsLong(MeshTranslator translator, MeshEndpoint client, MeshEndpoint service, Timestamp now)
    {
        var flows = new MeshFlow[64];
        int cursor = 0;
        int count = translator.CopyTo(ref cursor, flows, [], now);
        return flows.Take(count).Any(flow => flow.Client == client && flow.Service == service && flow.Stage == MeshFlowStage.Established);
    }

    private static bool Travels(MeshTranslator clients, MeshTranslator servers, MeshEndpoint client, MeshService service)
    {
        bool isTcp = service.Port.Protocol == IpProtocol.Tcp;
        byte[] Packet(MeshEndpoint from, MeshEndpoint to, TcpFlags flags) => isTcp ? TcpPacket(from, to, flags) : UdpPacket(from, to);

        byte[] sent = Packet(client, service.Endpoint, TcpFlags.Syn);
        bool fine = Process(clients, sent, MeshSide.Application).Action == MeshAction.Redirected && AddsUp(sent);

        // What the client's agent knows: where it accepted, and from whom. What the server's agent knows besides: who that is.
        (MeshEndpoint peer, MeshEndpoint local) = Ends(sent);
        fine &= clients.Plan.TryFindListener(local, service.Port.Protocol, out MeshListener listener) && listener.Service == service;
        fine &= clients.Plan.TryFindOwnAddress(peer.Address, out IPv6Address claimed) && claimed == client.Address && peer.Port == client.Port;
        fine &= servers.Plan.TryGetRestore(clients.Plan.Self.Identity, claimed, service.Endpoint, service.Port.Protocol, out MeshRestore restore);
        byte[] dialled = Packet(new MeshEndpoint(restore.Source, client.Port), restore.Destination, TcpFlags.Syn);
        fine &= Process(servers, dialled, MeshSide.Agent).Action == MeshAction.Restored && AddsUp(dialled) && Ends(dialled) == (client, service.Endpoint);

        byte[] answer = Packet(service.Endpoint, client, TcpFlags.Syn | TcpFlags.Ack);
        fine &= Process(servers, answer, MeshSide.Application).Action == MeshAction.Unrestored && Ends(answer) == (restore.Destination, new MeshEndpoint(restore.Source, client.Port));
        byte[] relayed = Packet(local, peer, TcpFlags.Syn | TcpFlags.Ack);
        return fine && Process(clients, relayed, MeshSide.Agent).Action == MeshAction.Unredirected && AddsUp(relayed) && Ends(relayed) == (service.Endpoint, client);
    }

    private static MeshPlan Build(MeshMachine[] mesh, MeshMachine self)
    {
        var builder = new MeshPlanBuilder(Pool);
        foreach (MeshMachine machine in mesh)
        {
            _ = builder.Add(machine);
        }

        return builder.Build(self.Id);
    }
}
