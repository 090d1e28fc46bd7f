using System.Text;
using System.Text.Json.Nodes;
using Weft.Conformance.CliTests;
using Weft.Conformance.IdsTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What a running switch writes of conversations beside alerts.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class EveRecordsTests : IDisposable
{
    private const string Request = "GET /a/b.bin?c=1 HTTP/1.1\r\nHost: example.org\r\nUser-Agent: probe/1\r\n\r\n";
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
    private const string Question = "123401000001000000000000076578616D706C65036F72670000010001";
    private const string Rules = "alert http any any -> any any (msg:\"a probe\"; http.user_agent; content:\"probe\"; sid:1;)";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void An_HTTP_exchange_is_told_with_its_port_its_VLAN_and_one_number_for_alert_message_file_and_flow()
    {
        using (SwitchRig rig = Start(EveTypes.All))
        {
            Exchange(rig);
            rig.Switch.Stop();
        }

        JsonNode[] records = Read();
        Assert.Equal(["alert", "http", "fileinfo", "flow"], records.Select(TypeOf).Order(StringComparer.Ordinal).OrderBy(type => Array.IndexOf(["alert", "http", "fileinfo", "flow"], type)));
        Assert.Single(records.Select(record => (long)record["flow_id"]!).Distinct());
        // What alerts is the acknowledgment of the request, which comes from the server.
        Assert.All(records, record => Assert.Equal((TypeOf(record) == "alert" ? "web2" : "web1", 10), ((string?)record["in_iface"], (int)Assert.Single(record["vlan"]!.AsArray())!)));
        Assert.All(records, record => Assert.StartsWith("1970-01-01T00:16:40", (string?)record["timestamp"]));
        JsonNode alert = Of(records, "alert");
        Assert.Equal(("example.org", "/a/b.bin?c=1"), ((string?)alert["http"]!["hostname"], (string?)alert["http"]!["url"]));
        Assert.Equal(("1970-01-01T00:16:40.000000+0000", "192.168.1.2"), ((string?)alert["flow"]!["start"], (string?)alert["flow"]!["src_ip"]));
        JsonNode http = Of(records, "http")["http"]!;
        Assert.Equal(("probe/1", "GET", 200, 5), ((string?)http["http_user_agent"], (string?)http["http_method"], (int)http["status"]!, (int)http["length"]!));
        JsonNode file = Of(records, "fileinfo")["fileinfo"]!;
        Assert.Equal(("/a/b.bin", "CLOSED", 5), ((string?)file["filename"], (string?)file["state"], (int)file["size"]!));
        JsonNode flow = Of(records, "flow")["flow"]!;
        Assert.Equal((4, 3, "closed", "shutdown", true), ((int)flow["pkts_toserver"]!, (int)flow["pkts_toclient"]!, (string?)flow["state"], (string?)flow["reason"], (bool)flow["alerted"]!));
    }

    [Theory]
    [InlineData(EveTypes.Alert | EveTypes.Drop, "alert")]
    [InlineData(EveTypes.Http, "http")]
    [InlineData(EveTypes.FileInfo, "fileinfo")]
    [InlineData(EveTypes.Flow, "flow")]
    [InlineData(EveTypes.Dns | EveTypes.Tls, "")]
    public void Only_the_kinds_that_the_configuration_names_are_written(EveTypes types, string expected)
    {
        using (SwitchRig rig = Start(types))
        {
            Exchange(rig);
            rig.Switch.Stop();
        }

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), Read().Select(TypeOf));
    }

    [Fact]
    public void Without_a_file_nothing_is_copied_and_nothing_is_lost()
    {
        using var rig = new SwitchRig(IdsRig.Guarded(Rules));
        Exchange(rig);
        Assert.Equal((1L, 0L, 0L), (rig.Switch.Snapshot().Ids[0].Alerts, rig.Switch.Snapshot().Ids[0].Records, rig.Switch.Snapshot().Ids[0].RecordsLost));
    }

    [Fact]
    public void A_closed_flow_is_told_after_a_few_seconds_and_an_idle_one_after_its_time_while_the_switch_goes_on()
    {
        using (SwitchRig rig = Start(EveTypes.Flow))
        {
            Exchange(rig);
            rig.Pass(Web1, At(RuleBench.Udp(Convert.FromHexString(Question)), toServer: true));
            Assert.Equal(0, FlowsTold(rig, seconds: 4));
            Assert.Equal(1, FlowsTold(rig, seconds: 3));
            Assert.Equal(1, FlowsTold(rig, seconds: 280));
            Assert.Equal(2, FlowsTold(rig, seconds: 20));
            Assert.Equal(0, rig.Switch.Snapshot().Ids[0].RecordsLost);
        }

        JsonNode[] flows = Read();
        Assert.Equal(["TCP timeout closed", "UDP timeout new"], flows.Select(flow => $"{flow["proto"]} {flow["flow"]!["reason"]} {flow["flow"]!["state"]}"));
        Assert.Equal("dns", (string?)flows[1]["app_proto"]);
    }

    [Fact]
    public void Flows_are_told_of_a_sensor_that_a_new_configuration_does_not_have_and_live_on_in_one_that_it_has()
    {
        using (SwitchRig rig = Start(EveTypes.Flow))
        {
            rig.Pass(Web1, At(RuleBench.Udp(Convert.FromHexString(Question)), toServer: true));
            rig.Switch.Apply(Plan(EveTypes.Flow), Ports(rig));
            Assert.Empty(Read());
            rig.Switch.Apply(Plan(EveTypes.Flow) with { Ids = [] }, Ports(rig));
        }

        JsonNode flow = Assert.Single(Read());
        Assert.Equal(("web1", "shutdown", 1), ((string?)flow["in_iface"], (string?)flow["flow"]!["reason"], (int)flow["flow"]!["pkts_toserver"]!));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public void Suricatas_own_schema_accepts_every_record()
    {
        string schema = Environment.GetEnvironmentVariable("WEFT_EVE_SCHEMA") ?? "";
        Assert.SkipUnless(File.Exists(schema), "needs Suricata's etc/schema.json, which WEFT_EVE_SCHEMA names");
        Assert.SkipUnless(Command.Run("python3", "-c", "import jsonschema").Succeeded, "needs Python's jsonschema");
        using (SwitchRig rig = Start(EveTypes.All))
        {
            Exchange(rig);
            rig.Pass(Web1, At(RuleBench.Udp(Convert.FromHexString(Question)), toServer: true));
            // Without the question.
            rig.Pass(Web1, At(RuleBench.Udp(Convert.FromHexString("12350100000000000000000000")), toServer: true));
            rig.Switch.Stop();
        }

        const string Judge = "import sys, json, jsonschema\nschema = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))\nfor line in open(sys.argv[2]):\n    for wrong in schema.iter_errors(json.loads(line)): print(wrong.message, line)";
        Assert.Contains("dns", Read().Select(TypeOf));
        Assert.Equal("", Command.Run("python3", "-c", Judge, schema, _folder.File("eve.json")).Required().Output);
    }

    public void Dispose() => _folder.Dispose();

    private static string TypeOf(JsonNode record) => (string)record["event_type"]!;

    private static JsonNode Of(JsonNode[] records, string type) => Assert.Single(records, record => TypeOf(record) == type);

    private static void Exchange(SwitchRig rig)
    {
        uint asked = 1 + (uint)Request.Length, answered = 1 + (uint)Response.Length;
        Pass(rig, true, RuleBench.Tcp(TcpFlags.Syn, []));
        Pass(rig, false, RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false));
        Pass(rig, true, RuleBench.Tcp(TcpFlags.Ack, []));
        Pass(rig, true, RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Psh, Encoding.ASCII.GetBytes(Request)));
        Pass(rig, false, RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Psh, Encoding.ASCII.GetBytes(Response), toServer: false, acknowledgment: asked));
        Pass(rig, true, RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Fin, [], sequence: asked, acknowledgment: answered));
        Pass(rig, false, RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Fin, [], toServer: false, sequence: answered, acknowledgment: asked + 1));
    }

    private static void Pass(SwitchRig rig, bool toServer, byte[] frame) => rig.Pass(toServer ? Web1 : Web2, At(frame, toServer));

    /// <summary>The frame between the machines of the test's switch.</summary>
    private static byte[] At(byte[] frame, bool toServer)
    {
        (toServer ? B : A).Write(frame);
        (toServer ? A : B).Write(frame.AsSpan(6));
        return frame;
    }

    /// <summary>Time passes, in steps, because a table is gone through in slices.</summary>
    private static long FlowsTold(SwitchRig rig, int seconds)
    {
        for (int step = 0; step < seconds * 20; step++)
        {
            _ = rig.Wait(TimeSpan.FromMilliseconds(50));
        }

        return rig.Switch.Snapshot().Ids[0].Records;
    }

    private static IPort[] Ports(SwitchRig rig) => [.. rig.Switch.Plan.Ports.Select((_, port) => rig.Link(port).Left)];

    private SwitchRig Start(EveTypes types) => new(Plan(types));

    private SwitchPlan Plan(EveTypes types) => IdsRig.Guarded(Rules, plan => plan with { IsInline = false, EvePath = _folder.File("eve.json"), EveTypes = types });

    private JsonNode[] Read() => File.Exists(_folder.File("eve.json")) ? [.. File.ReadAllLines(_folder.File("eve.json")).Select(line => JsonNode.Parse(line)!)] : [];
}
