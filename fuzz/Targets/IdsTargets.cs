using System.Text;
using Weft.Fuzz.Mutation;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Fuzz.Targets;

/// <summary>Rules that look everywhere, for the detector targets and as beginnings of rule files.</summary>
internal static class SomeRules
{
    public const string Text = """
        alert udp any any -> any 53 (msg:"dns"; dns.query; content:"example"; nocase; sid:1;)
        alert tcp any any -> any 80 (msg:"order"; flow:established,to_server; content:"GET"; depth:3; content:"HTTP"; distance:1; within:200; sid:2;)
        alert http any any -> any any (http.uri; content:"/etc/passwd"; pcre:"/\/etc\/p[a-z]{1,8}d$/U"; sid:3;)
        alert http any any -> any any (http.header; content:"Host"; http.method; content:"POST"; file_data; content:"evil"; sid:4;)
        alert tls any any -> any any (tls.sni; content:"bad.example"; endswith; sid:5;)
        drop tcp any any -> any any (content:"|90 90 90|"; byte_test:2,>,100,0,relative; byte_jump:1,0,relative; isdataat:4,relative; sid:6;)
        alert ip any any -> any any (dsize:>1000; threshold:type limit,track by_src,count 1,seconds 60; sid:7;)
        alert tcp any any -> any any (flags:SF; window:0; sid:8;)
        alert tcp any any -> any any (pcre:"/a(b|c)*d\d+(?=x)/i"; flowbits:set,seen; sid:9;)
        alert tcp any any -> any any (flowbits:isset,seen; content:!"nothing"; sid:10;)
        alert icmp any any -> any any (itype:8; icode:0; sid:11;)
        alert tcp any any -> any any (byte_extract:1,0,len; byte_math:bytes 1,offset 1,oper +,rvalue 2,result r; content:"x"; offset:r; sid:12;)
        """;

    /// <summary>The same kinds of things as Snort 2 and 3 say them.</summary>
    public static readonly string[] Snort =
    [
        """alert tcp $EXTERNAL_NET any -> $HTTP_SERVERS $HTTP_PORTS (msg:"two"; flow:to_server,established; uricontent:"/a.cgi"; content:"x"; http_header; nocase; detection_filter:track by_src,count 30,seconds 60; sid:101;)""",
        """alert http ( msg:"three"; flow:to_server,established; http_uri; content:"/a",fast_pattern,nocase; content:"b",within 10,distance 2; pcre:"/a.b/i"; bufferlen:<200; service:http; sid:102; )""",
        """alert file ( file_data; content:"MZ",depth 2; byte_jump:4,58,relative,little; content:"PE",within 2; file_type:"PDF"; sid:103; )""",
        """alert tcp any any -> any any ( dce_iface:uuid 4b324fc8-1670-01d3-1278-5a47bf6ee188; asn1:bitstring_overflow; cvs:invalid-entry; regex:"/a+b/"; sid:104; )""",
        """rewrite icmp any any <> any any (icmp_id:7; icmp_seq:3; ttl:<5; tos:!4; fragbits:M+; ipopts:lsrr; sameip; sid:105;)""",
    ];

    public static RuleSet Parse() => RuleParser.Parse(Encoding.UTF8.GetBytes(Text), RuleVariables.Default, new List<RuleDiagnostic>());
}

internal sealed class RulesTarget : BytesTarget
{
    public override string Name => "ids-rules";

    public override string What => "rule files, compiled if they can be read";

    public override IReadOnlyList<string> Assemblies => ["Ids"];

    protected override IReadOnlyList<byte[]> Words => Texts(
        "alert ", "drop ", "pass ", "reject ", "tcp ", "http ", "any ", "-> ", "<> ", "[1:1024,!80]", "$HOME_NET", "content:\"", "|41 42|", "\"; ", "nocase;", "depth:", "offset:", "distance:-5;", "within:",
        "file_id (", "content:\"a\",nocase,depth 3,fast_pattern; ", "http_uri; ", "rem:\"x\"; ", "uricontent:\"/a\"; ", "service:http; ", "byte_test:1,!&,0x80,2; ", "detection_filter:track by_src,count 5,seconds 10; ", "asn1:oversize_length 500; ",
        "sip_method:invite; ", "bufferlen:<10; ", "metadata:policy x drop; ", "cvs:invalid-entry; ",
        "fast_pattern;", "pcre:\"/", "(?:a|b)*", "[^\\r\\n]{1,200}", "/Ui\";", "byte_test:", "byte_jump:", "isdataat:!1;", "flowbits:set,", "threshold:", "http.uri;", "file_data;", "sid:1;)\n", "\\\n", "!", "65536", "-1");

    public override IEnumerable<byte[]> Beginnings() => SomeRules.Text.Split('\n').Concat(SomeRules.Snort).Select(Encoding.UTF8.GetBytes);

    public override void Run(ReadOnlySpan<byte> input)
    {
        var diagnostics = new List<RuleDiagnostic>();
        RuleSet rules = RuleParser.Parse(input, RuleVariables.Default, diagnostics);
        foreach (RuleDiagnostic diagnostic in diagnostics)
        {
            Require(diagnostic.Line >= 0 && diagnostic.ToString().Length > 0, "a diagnostic without a place");
        }

        if (rules.Rules.Count is > 0 and < 20)
        {
            _ = RuleImage.Compile(rules);
        }
    }
}

internal sealed class ThresholdsTarget : BytesTarget
{
    private RuleSet _rules = SomeRules.Parse();

    public override string Name => "ids-thresholds";

    public override string What => "threshold files, applied to rules";

    public override IReadOnlyList<string> Assemblies => ["Ids"];

    public override int CasesOfLife => 250;

    protected override IReadOnlyList<byte[]> Words => Texts("threshold ", "event_filter ", "suppress ", "rate_filter ", "gen_id 1, ", "sig_id 6, ", "sig_id 0, ", "type both, ", "track by_src, ", "track by_rule, ", "count ", "seconds ", "new_action drop, ", "timeout ", "ip [10.0.0.0/8,!10.1.0.1]", "$HOME_NET", "4294967296");

    public override IEnumerable<byte[]> Beginnings() => Texts(
        "suppress gen_id 1, sig_id 6, track by_src, ip [10.0.0.0/8,!10.1.0.1]\n", "threshold gen_id 1, sig_id 7, type limit, track by_src, count 1, seconds 60\n", "rate_filter gen_id 1, sig_id 1, track by_rule, count 3, seconds 1, new_action drop, timeout 5\n");

    public override void Reset() => _rules = SomeRules.Parse();

    public override void Run(ReadOnlySpan<byte> input)
    {
        var diagnostics = new List<RuleDiagnostic>();
        ThresholdFile.Apply(input, RuleVariables.Default, _rules, diagnostics);
        Require(diagnostics.TrueForAll(diagnostic => diagnostic.Line > 0), "a diagnostic without a place");
    }
}

internal sealed class DetectorTarget : EngineTarget<DetectorTarget.Detector>
{
    private static readonly RuleImage Image = RuleImage.Compile(SomeRules.Parse());

    private static readonly byte[][] WordsOfStreams =
    [
        .. new[] { "GET /etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nevil", "Transfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "\u0007example\u0003com" }.Select(Encoding.Latin1.GetBytes),
        [0, 80], [0, 53], [0x16, 3, 1], [0x90, 0x90, 0x90],
    ];

    public override string Name => "ids-detector";

    public override string What => "packets, fragments and streams with rules that look into all of them";

    public override IReadOnlyList<string> Assemblies => ["Ids"];

    protected override IReadOnlyList<byte[]> Words => WordsOfStreams;

    protected override Detector Make(Timestamp start) => new();

    protected override void Step(Detector engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Detector : IDisposable
    {
        private readonly IntrusionDetector _detector = new(Image, new DetectorOptions { Seed = new HashSeed(1, 2), FlowCapacity = 256, ThresholdCapacity = 64, StreamCapacity = 16, SessionCapacity = 16, FragmentCapacity = 16, IsInline = true, AcceptMidstream = true });
        private readonly Alert[] _alerts = new Alert[16];
        private readonly byte[] _frame = new byte[FrameBytes];

        public void Take(byte where, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            Span<byte> frame = _frame.AsSpan(0, Math.Min(bytes.Length, _frame.Length));
            bytes[..frame.Length].CopyTo(frame);
            if (!PacketLayout.TryParse(frame, out PacketLayout layout))
            {
                return;
            }

            int count;
            if ((where & 1) == 0)
            {
                _ = _detector.InspectAndNormalize(frame, in layout, now, _alerts, out count, out _);
            }
            else
            {
                _ = _detector.Inspect(frame, in layout, now, _alerts, out count);
            }

            Require(count >= 0 && count <= _alerts.Length, "more alerts than room");
        }

        public void Dispose() => _detector.Dispose();
    }
}
