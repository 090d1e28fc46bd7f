using System.Text;
using Weft.Ids;
using Weft.Packets;
using Weft.Samples.Ids;

// Rules in the language of Suricata and Snort. One of them has a keyword that is not supported: it is named and left out.
byte[] text = Encoding.UTF8.GetBytes("""
    alert udp any any -> any 53 (msg:"a query for a bad name"; content:"|03|bad|07|example"; nocase; sid:1;)
    alert udp any any -> any 53 (msg:"two strings in order"; content:"first"; content:"second"; distance:1; within:13; sid:2;)
    alert http any any -> any any (msg:"a path, in whatever way it is written"; http.uri; content:"/etc/passwd"; sid:3;)
    alert http any any -> any any (msg:"not supported"; lua:script.lua; sid:4;)
    """);
var diagnostics = new List<RuleDiagnostic>();
RuleSet rules = RuleParser.Parse(text, RuleVariables.Default, diagnostics);
foreach (RuleDiagnostic diagnostic in diagnostics)
{
    Console.WriteLine($"left out: {diagnostic}");
}

// The image is immutable and shared; each worker thread has a detector of its own.
RuleImage image = RuleImage.Compile(rules);
using var detector = new IntrusionDetector(image, new DetectorOptions { Seed = new HashSeed(1, 2) }); // in production HashSeed.CreateRandom()
var alerts = new Alert[16];
foreach (string payload in (string[])["\u0003BAD\u0007example\u0003com", "first, then second", "second, then first"])
{
    byte[] frame = Frames.Udp(payload);
    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
    Verdict verdict = detector.Inspect(frame, layout, Timestamp.Zero, alerts, out int count);
    Console.WriteLine($"{verdict}: {string.Join(", ", alerts[..count].Select(alert => $"sid {alert.Sid}"))}");
}

// The scanner alone: every occurrence of every string, in one pass.
var builder = new PatternSetBuilder();
builder.Add("needle"u8);
builder.Add("HAY"u8, PatternFlags.NoCase);
PatternSet set = builder.Build();
var printer = new MatchPrinter();
set.Scan("hay, a needle, more hay"u8, ref printer);
