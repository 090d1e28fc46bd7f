using System.IO.Compression;
using System.Text;
using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Messages of applications: which bytes each buffer has.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class MessageTests
{
    private const string Request = "POST /a/./b/../c%2e?q=%41 HTTP/1.1\r\nHost: Www.Example.COM:8080\r\nUser-Agent: Mozilla/5.0\r\nCookie: id=7\r\nContent-Length: 11\r\nX-Two: a\r\n b\r\n\r\nhello=world";

    [Theory]
    [InlineData("http.method; content:\"POST\"; startswith; endswith;", true)]
    [InlineData("http.uri; content:\"/a/c.?q=A\"; startswith; endswith;", true)]
    [InlineData("http.uri.raw; content:\"/a/./b/../c%2e?q=%41\"; bsize:20;", true)]
    [InlineData("http.host; content:\"www.example.com\"; startswith; endswith;", true)]
    [InlineData("http.host.raw; content:\"Www.Example.COM:8080\"; startswith; endswith;", true)]
    [InlineData("http.user_agent; content:\"mozilla\"; nocase; startswith;", true)]
    [InlineData("http.cookie; content:\"id=7\"; startswith; endswith;", true)]
    [InlineData("http.header; content:\"Cookie\";", false)]
    [InlineData("http.header; content:\"X-Two|3a| a b|0d 0a|\"; endswith;", true)]
    [InlineData("http.header_names; content:\"|0d 0a|Host|0d 0a|User-Agent|0d 0a|Cookie|0d 0a|\"; startswith;", true)]
    [InlineData("http.protocol; content:\"HTTP/1.1\"; startswith; endswith;", true)]
    [InlineData("http.request_line; content:\"POST /a\"; startswith;", true)]
    [InlineData("http.start; content:\"Host|3a| Www\";", true)]
    [InlineData("http.content_len; content:\"11\"; startswith; endswith;", true)]
    [InlineData("http.request_body; content:\"hello=world\"; startswith; endswith;", true)]
    [InlineData("http.request_body; url_decode; content:\"hello\"; http.uri; content:\"/a/\";", true)]
    [InlineData("http.request_body; to_md5; content:\"|43 74 b4 a9 03 7e bd 1f|\";", false)]
    [InlineData("http.referer; absent;", true)]
    [InlineData("http.user_agent; absent;", false)]
    [InlineData("http.host; dotprefix; content:\".example.com\"; endswith;", true)]
    [InlineData("content:\"/a/c\"; http_uri; content:\"POST\"; http_method;", true)]
    [InlineData("content:\"/a/c\"; http_uri; content:\"GET\"; http_method;", false)]
    [InlineData("pcre:\"/^\\/a\\/c/U\";", true)]
    [InlineData("content:!\"Mozilla\"; pcre:\"/^\\/a\\/c/U\"; http_uri;", true)]
    [InlineData("content:!\"Mozilla\"; pcre:\"/^\\/a\\/c/U\"; http_user_agent;", false)]
    [InlineData("content:\"Mozilla\"; pcre:\"/^POST/M\"; pcre:\"/id=7/C\"; http_uri;", false)]
    [InlineData("urilen:20,raw;", true)]
    [InlineData("urilen:9;", true)]
    [InlineData("urilen:9,norm;", true)]
    [InlineData("http.method; content:\"POST\"; http.user_agent; content:!\"Mozilla\";", false)]
    public void A_request_has_these_buffers(string options, bool expected)
    {
        string rule = $"alert http any any -> any any ({options} sid:1;)";
        Assert.Equal(expected, Inspect(rule, Encoding.ASCII.GetBytes(Request), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray()).Length > 0);
    }

    [Theory]
    [InlineData("http.stat_code; content:\"404\"; startswith; endswith;", true)]
    [InlineData("http.stat_msg; content:\"Not Found\"; startswith; endswith;", true)]
    [InlineData("http.response_line; content:\"HTTP/1.1 404\"; startswith;", true)]
    [InlineData("http.server; content:\"srv\";", true)]
    [InlineData("http.location; content:\"/\";", false)]
    [InlineData("http.header; content:\"Set-Cookie\";", false)]
    [InlineData("http.cookie; content:\"s=1\"; startswith; endswith;", true)]
    [InlineData("file_data; content:\"the body\"; startswith;", true)]
    [InlineData("http.response_body; strip_whitespace; content:\"thebody\";", true)]
    public void A_response_in_chunks_has_these_buffers(string options, bool expected)
    {
        byte[] response = "HTTP/1.1 404 Not Found\r\nServer: srv\r\nSet-Cookie: s=1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nthe \r\n4\r\nbody\r\n0\r\n\r\n"u8.ToArray();
        Assert.Equal(expected, Inspect($"alert http any any -> any any ({options} sid:1;)", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), response).Length > 0);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void A_compressed_body_is_looked_at_as_it_was_before(string coding)
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("some text that repeats itself ", 40)) + "and the needle");
        using var packed = new MemoryStream();
        using (Stream packer = coding == "gzip" ? new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true) : new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            packer.Write(text);
        }

        byte[] response = [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {packed.Length}\r\n\r\n"), .. packed.ToArray()];
        Assert.Equal([1u], Inspect("alert http any any -> any any (file_data; content:\"repeats itself and the needle\"; endswith; sid:1;)", "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), response));
    }

    [Fact]
    public void A_message_is_found_wherever_segments_were_cut_and_once()
    {
        byte[] request = Encoding.ASCII.GetBytes(Request);
        for (int cut = 1; cut < request.Length; cut += 7)
        {
            byte[][] frames = [.. Handshake(), Segment(0, request[..cut]), Segment(cut, request[cut..]), Ack(request.Length)];
            Assert.Equal([1u], RuleBench.Inspect(RuleBench.Rules("alert http any any -> any any (http.uri; content:\"/a/c\"; http.request_body; content:\"=world\"; sid:1;)"), Options, frames));
        }
    }

    [Fact]
    public void A_dns_question_and_a_tls_servers_name_are_buffers()
    {
        byte[] dns = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, .. "bad"u8, 7, .. "Example"u8, 0, 0, 1, 0, 1];
        Assert.True(RuleBench.Inspect(RuleBench.Rules("alert dns any any -> any any (dns.query; content:\"bad.example\"; nocase; startswith; endswith; dns.opcode:0; dns.rrtype:1; sid:1;)"), RuleBench.Options, RuleBench.Udp(dns)) is [1]);
        byte[] extensions = [0, (byte)(4 + 9), 0, 0, 0, 9, 0, 7, 0, 0, 4, .. "t.co"u8];
        byte[] hello = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0, .. extensions];
        byte[] handshake = [1, 0, 0, (byte)hello.Length, .. hello];

        // One message in two records (RFC 8446 section 5.1).
        byte[] records = [22, 3, 1, 0, 20, .. handshake[..20], 22, 3, 1, 0, (byte)(handshake.Length - 20), .. handshake[20..]];
        byte[][] frames = [.. Handshake(), Segment(0, records), Ack(records.Length)];
        Assert.Equal([1u], RuleBench.Inspect(RuleBench.Rules("alert tls any any -> any any (tls.sni; content:\"t.co\"; startswith; endswith; tls.version:1.2; sid:1;)"), Options, frames));
    }

    [Fact]
    public void An_alert_tells_the_conversation_that_it_is_about()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules("alert http any any -> any any (http.uri; content:\"/a/c\"; sid:1;)")), Options with { IsInline = true });
        foreach (byte[] frame in Handshake())
        {
            _ = RuleBench.Inspect(detector, frame, default);
        }

        byte[] request = Segment(0, Encoding.ASCII.GetBytes(Request));
        Assert.True(PacketLayout.TryParse(request, out PacketLayout layout));
        var alerts = new Alert[2];
        _ = detector.Inspect(request, layout, default, alerts, out int count);
        Assert.Equal(1, count);
        Assert.True(detector.TryGetConversation(in alerts[0], out Conversation conversation));
        byte[] text = new byte[64];
        int length = conversation.Write(AppField.HttpHost, text);
        Assert.Equal(("www.example.com", AppProtocol.Http, 4L), (Encoding.ASCII.GetString(text, 0, length), conversation.App, conversation.PacketsToServer + conversation.PacketsToClient));
    }

    private static DetectorOptions Options => RuleBench.Options with { StreamCapacity = 8, SessionCapacity = 4, FragmentCapacity = 2 };

    private static uint[] Inspect(string rule, byte[] request, byte[] response) =>
        RuleBench.Inspect(RuleBench.Rules(rule), Options, [.. Handshake(), Segment(0, request), RuleBench.Tcp(TcpFlags.Ack, response, toServer: false, acknowledgment: (uint)request.Length + 1)]);

    private static byte[][] Handshake() => [RuleBench.Tcp(TcpFlags.Syn, []), RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false), RuleBench.Tcp(TcpFlags.Ack, [])];

    private static byte[] Segment(int at, byte[] data) => RuleBench.Tcp(TcpFlags.Ack, data, sequence: (uint)at + 1);

    private static byte[] Ack(int bytes) => RuleBench.Tcp(TcpFlags.Ack, [], toServer: false, acknowledgment: (uint)bytes + 1);
}
