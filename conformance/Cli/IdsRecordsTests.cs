using System.Text;
using System.Text.Json.Nodes;
using Weft.Conformance.IdsTests;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.CliTests;

/// <summary>Records of EVE JSON beside alerts have the names and values that Suricata 8 gives them.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class IdsRecordsTests : IDisposable
{
    private const string Request = "GET /a/b.bin?c=1 HTTP/1.1\r\nHost: Example.org:80\r\nUser-Agent: probe/1\r\n\r\n";
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"c.txt\"\r\nContent-Length: 5\r\n\r\nhello";

    // A question for example.org, and its answer: an alias and an address, names by pointers.
    private const string Question = "123401000001000000000000076578616D706C65036F72670000010001";
    private const string Answer = "123481800001000200000000076578616D706C65036F72670000010001C00C0005000100000078000603777777C00CC029000100010000003C0004C0000201";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void An_HTTP_exchange_is_a_record_of_http_of_its_file_and_of_its_flow()
    {
        JsonNode[] records = Records(
            RuleBench.Tcp(TcpFlags.Syn, []),
            RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false),
            RuleBench.Tcp(TcpFlags.Ack, []),
            RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Psh, Encoding.ASCII.GetBytes(Request)),
            RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Psh, Encoding.ASCII.GetBytes(Response), toServer: false, acknowledgment: 1 + (uint)Request.Length),
            RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Fin, [], sequence: 1 + (uint)Request.Length, acknowledgment: 1 + (uint)Response.Length),
            RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Fin, [], toServer: false, sequence: 1 + (uint)Response.Length, acknowledgment: 2 + (uint)Request.Length));

        Assert.Equal(["http", "fileinfo", "flow"], records.Select(TypeOf));
        JsonNode http = records[0]["http"]!;
        Assert.Equal(("example.org", "/a/b.bin?c=1", "probe/1", "text/plain"), (Text(http, "hostname"), Text(http, "url"), Text(http, "http_user_agent"), Text(http, "http_content_type")));
        Assert.Equal(("GET", "HTTP/1.1", 200, 5), (Text(http, "http_method"), Text(http, "protocol"), (int)http["status"]!, (int)http["length"]!));
        Assert.Equal(("192.168.1.2", 4000, "203.0.113.5", 80, "TCP"), (Text(records[0], "src_ip"), (int)records[0]["src_port"]!, Text(records[0], "dest_ip"), (int)records[0]["dest_port"]!, Text(records[0], "proto")));
        JsonNode file = records[1]["fileinfo"]!;
        Assert.Equal(("c.txt", "CLOSED", 5, "203.0.113.5"), (Text(file, "filename"), Text(file, "state"), (int)file["size"]!, Text(records[1], "src_ip")));
        JsonNode flow = records[2]["flow"]!;
        Assert.Equal((4, 3, 6, "closed", false), ((int)flow["pkts_toserver"]!, (int)flow["pkts_toclient"]!, (int)flow["age"]!, Text(flow, "state"), (bool)flow["alerted"]!));
        Assert.Equal((4 * 54 + Request.Length, 3 * 54 + Response.Length), ((int)flow["bytes_toserver"]!, (int)flow["bytes_toclient"]!));
        JsonNode tcp = records[2]["tcp"]!;
        Assert.Equal(("1b", "1b", "1b", true), (Text(tcp, "tcp_flags"), Text(tcp, "tcp_flags_ts"), Text(tcp, "tcp_flags_tc"), (bool)tcp["psh"]!));
        Assert.Equal("http", Text(records[2], "app_proto"));
        Assert.Single(records.Select(record => (long)record["flow_id"]!).Distinct());
    }

    [Fact]
    public void A_request_that_nothing_answers_is_a_record_without_a_status()
    {
        JsonNode[] records = Records(
            RuleBench.Tcp(TcpFlags.Syn, []),
            RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false),
            RuleBench.Tcp(TcpFlags.Ack, []),
            RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Psh, Encoding.ASCII.GetBytes(Request)));

        Assert.Equal(["http", "flow"], records.Select(TypeOf));
        Assert.Equal(("GET", true), (Text(records[0]["http"]!, "http_method"), records[0]["http"]!["status"] is null));
        Assert.Equal(("established", "established"), (Text(records[1]["flow"]!, "state"), Text(records[1]["tcp"]!, "state")));
    }

    [Fact]
    public void A_question_of_DNS_and_its_answer_are_records_of_version_3()
    {
        JsonNode[] records = Records(RuleBench.Udp(Convert.FromHexString(Question)), RuleBench.Udp(Convert.FromHexString(Answer), toServer: false));

        Assert.Equal(["dns", "dns", "flow"], records.Select(TypeOf));
        JsonNode question = records[0]["dns"]!;
        Assert.Equal((3, "request", 0x1234, "100", true), ((int)question["version"]!, Text(question, "type"), (int)question["id"]!, Text(question, "flags"), (bool)question["rd"]!));
        Assert.Equal(("example.org", "A"), (Text(question["queries"]![0]!, "rrname"), Text(question["queries"]![0]!, "rrtype")));
        JsonNode answer = records[1]["dns"]!;
        Assert.Equal(("response", "8180", "NOERROR", true), (Text(answer, "type"), Text(answer, "flags"), Text(answer, "rcode"), (bool)answer["qr"]!));
        Assert.Equal(("example.org", "CNAME", 120, "www.example.org"), (Text(answer["answers"]![0]!, "rrname"), Text(answer["answers"]![0]!, "rrtype"), (int)answer["answers"]![0]!["ttl"]!, Text(answer["answers"]![0]!, "rdata")));
        Assert.Equal(("A", "192.0.2.1"), (Text(answer["answers"]![1]!, "rrtype"), Text(answer["answers"]![1]!, "rdata")));
        Assert.Equal(("192.168.1.2", "203.0.113.5"), (Text(records[1], "src_ip"), Text(records[1], "dest_ip")));
    }

    [Fact]
    public void Ids_writes_them_only_if_it_is_asked_to()
    {
        string capture = Capture(RuleBench.Udp(Convert.FromHexString(Question)));
        string rules = _folder.Write("a.rules", "alert udp any any -> any any (msg:\"any\"; sid:1;)\n");
        Assert.Equal(0, WeftProgram.Run("ids", "-r", capture, "-S", rules, "--eve", _folder.File("one.json")).ExitCode);
        Assert.Equal(0, WeftProgram.Run("ids", "-r", capture, "-S", rules, "--eve", _folder.File("all.json"), "--records").ExitCode);
        Assert.Equal(["alert"], Read("one.json").Select(TypeOf));
        Assert.Equal(["dns", "alert", "flow"], Read("all.json").Select(TypeOf));
        Assert.True((bool)Read("all.json")[2]["flow"]!["alerted"]!);
    }

    public void Dispose() => _folder.Dispose();

    private static string? TypeOf(JsonNode record) => Text(record, "event_type");

    private static string? Text(JsonNode node, string name) => (string?)node[name];

    private JsonNode[] Records(params byte[][] frames)
    {
        string capture = Capture(frames);
        string rules = _folder.Write("none.rules", "alert udp any any -> any 9 (msg:\"none\"; content:\"none\"; sid:1;)\n");
        CommandResult result = WeftProgram.Run("suricata", "-r", capture, "-S", rules, "-l", _folder.File("."), "-k", "none");
        Assert.Equal(0, result.ExitCode);
        return Read("eve.json");
    }

    private JsonNode[] Read(string name) => [.. File.ReadAllLines(_folder.File(name)).Select(line => JsonNode.Parse(line)!)];

    private string Capture(params byte[][] frames)
    {
        string path = _folder.File("records.pcap");
        using PcapWriter writer = PcapWriter.Create(path);
        foreach ((int second, byte[] frame) in frames.Index())
        {
            writer.WritePacket(Timestamp.FromSeconds(second), frame);
        }

        return path;
    }
}
