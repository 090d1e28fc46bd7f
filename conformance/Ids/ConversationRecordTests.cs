using System.Text;
using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>What an observer is told, copied, says the same when it is read; and conversations end when they should.</summary>
public sealed class ConversationRecordTests
{
    private const string Request = "GET /a HTTP/1.1\r\nHost: example.org\r\nUser-Agent: probe/1\r\n\r\n";
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
    private const string Answer = "123481800001000200000000076578616D706C65036F72670000010001C00C0005000100000078000603777777C00CC029000100010000003C0004C0000201";

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_copy_of_an_HTTP_exchange_and_of_an_answer_of_DNS_says_what_the_observer_was_told()
    {
        var observer = new Copyist();
        using IntrusionDetector detector = Detector(observer);
        detector.Tag = 77;
        Exchange(detector);
        _ = RuleBench.Inspect(detector, RuleBench.Udp(Convert.FromHexString(Answer), toServer: false), Timestamp.Zero);
        _ = RuleBench.Finish(detector);

        Assert.Equal(4, observer.Told.Count);
        Assert.Contains("GET /a example.org", observer.Told[0]);
        Assert.Contains("www.example.org", observer.Told[1]);
        Assert.All(observer.Told, told => Assert.Contains("tag 77", told));
        Assert.Equal(observer.Told, observer.Copies.Select(copy =>
        {
            ConversationRecord.Read(copy, out Conversation conversation, out AppMessage message);
            return Copyist.Describe(in conversation, in message);
        }));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_record_that_is_cut_is_refused_and_so_is_a_place_that_is_too_small()
    {
        var observer = new Copyist();
        using IntrusionDetector detector = Detector(observer);
        Exchange(detector);
        byte[] record = observer.Copies[0];
        for (int length = 0; length < record.Length; length++)
        {
            byte[] cut = record[..length];
            Assert.Throws<ArgumentException>(() => ConversationRecord.Read(cut, out _, out _));
        }

        Assert.Throws<ArgumentException>(() =>
        {
            ConversationRecord.Read(record, out Conversation conversation, out AppMessage message);
            _ = ConversationRecord.Write(in conversation, in message, new byte[record.Length - 1]);
        });
    }

    [Theory]
    [Trait(Kind.Key, Kind.Model)]
    [InlineData("closed", 5, 6)]
    [InlineData("established", 600, 601)]
    [InlineData("opening", 60, 61)]
    [InlineData("datagram", 300, 301)]
    public void A_sweep_forgets_what_is_over_and_nothing_else(string kind, int before, int after)
    {
        var observer = new Copyist();
        using IntrusionDetector detector = Detector(observer);
        switch (kind)
        {
            case "closed":
                Exchange(detector);
                break;
            case "established":
                Open(detector);
                break;
            case "opening":
                _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Syn, []), Timestamp.Zero);
                break;
            default:
                _ = RuleBench.Inspect(detector, RuleBench.Udp([1, 2, 3]), Timestamp.Zero);
                break;
        }

        Sweep(detector, before);
        Assert.DoesNotContain(observer.Told, told => told.Contains("end Timeout", StringComparison.Ordinal));
        Sweep(detector, after);
        Assert.Single(observer.Told, told => told.Contains("end Timeout", StringComparison.Ordinal));
        Sweep(detector, after + 1000);
        Assert.Single(observer.Told, told => told.Contains("end Timeout", StringComparison.Ordinal));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void It_is_told_why_a_conversation_ended()
    {
        var observer = new Copyist();
        using var detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules("alert udp any any -> any 9 (content:\"none\"; sid:1;)")), RuleBench.Options with { FlowCapacity = 1, Observer = observer });
        Exchange(detector);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Syn, []), Timestamp.FromSeconds(1));
        for (ushort port = 5000; !observer.Told.Any(told => told.Contains("end Forced", StringComparison.Ordinal)) && port < 6000; port++)
        {
            _ = RuleBench.Inspect(detector, RuleBench.Udp([1], clientPort: port), Timestamp.FromSeconds(2));
        }

        _ = RuleBench.Finish(detector);
        Assert.Contains(observer.Told, told => told.Contains("end Reused", StringComparison.Ordinal));
        Assert.Contains(observer.Told, told => told.Contains("end Forced", StringComparison.Ordinal));
        Assert.Contains(observer.Told, told => told.Contains("end Shutdown", StringComparison.Ordinal));
    }

    private static IntrusionDetector Detector(Copyist observer) =>
        new(RuleImage.Compile(RuleBench.Rules("alert udp any any -> any 9 (content:\"none\"; sid:1;)")), RuleBench.Options with { Observer = observer });

    private static void Open(IntrusionDetector detector)
    {
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Syn, []), Timestamp.Zero);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false), Timestamp.Zero);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack, []), Timestamp.Zero);
    }

    private static void Exchange(IntrusionDetector detector)
    {
        uint asked = 1 + (uint)Request.Length, answered = 1 + (uint)Response.Length;
        Open(detector);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Psh, Encoding.ASCII.GetBytes(Request)), Timestamp.Zero);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Psh, Encoding.ASCII.GetBytes(Response), toServer: false, acknowledgment: asked), Timestamp.Zero);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Fin, [], sequence: asked, acknowledgment: answered), Timestamp.Zero);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Fin, [], toServer: false, sequence: answered, acknowledgment: asked + 1), Timestamp.Zero);
    }

    private static void Sweep(IntrusionDetector detector, int seconds) => Assert.Equal(0, detector.Sweep(Timestamp.FromSeconds(seconds), 1 << 16, new Alert[1]));

    /// <summary>Writes down what it is told, and copies it.</summary>
    private sealed class Copyist : IConversationObserver
    {
        public List<string> Told { get; } = [];

        public List<byte[]> Copies { get; } = [];

        public static string Describe(in Conversation conversation, in AppMessage message)
        {
            byte[] text = new byte[256], data = new byte[256];
            string Field(in Conversation of, AppField field) => of.Write(field, text) is int length and >= 0 ? Encoding.Latin1.GetString(text, 0, length) : "-";
            string answers = "";
            for (int i = 0; message.TryDnsAnswer(i, text, data, out DnsAnswer answer); i++)
            {
                answers += $" {Encoding.Latin1.GetString(text, 0, answer.NameLength)}={Convert.ToHexString(data, 0, answer.DataLength)}/{Encoding.Latin1.GetString(data, 0, answer.DataLength)}";
            }

            string ends = $"{conversation.Id} {conversation.App} {conversation.Client}:{conversation.ClientPort} {conversation.Server}:{conversation.ServerPort} {conversation.Protocol} {conversation.IpVersion} tag {conversation.Tag} end {conversation.End}";
            string facts = $"{conversation.Began} {conversation.LastSeen} {conversation.Stage} {conversation.IsTcpOpened} {conversation.TcpFlagsToServer} {conversation.TcpFlagsToClient} {conversation.HasAlerted} {conversation.IsDropped} {conversation.IsPassed} {conversation.BytesToServer} {conversation.BytesToClient} {conversation.PacketsToServer} {conversation.PacketsToClient}";
            string fields = $"{Field(in conversation, AppField.HttpMethod)} {Field(in conversation, AppField.HttpUrl)} {Field(in conversation, AppField.HttpHost)} {Field(in conversation, AppField.HttpStatus)}";
            return $"{ends} {facts} {fields} {message.IsToServer} {message.Number} {message.BodyBytes} {message.IsWhole} {message.DnsId} {message.DnsFlags}{answers}";
        }

        public void OnMessage(in Conversation conversation, in AppMessage message, Timestamp at) => Take(in conversation, in message);

        public void OnEnd(in Conversation conversation) => Take(in conversation, default);

        private void Take(in Conversation conversation, in AppMessage message)
        {
            Told.Add(Describe(in conversation, in message));
            byte[] copy = new byte[ConversationRecord.SizeOf(in conversation, in message)];
            Assert.Equal(copy.Length, ConversationRecord.Write(in conversation, in message, copy));
            Copies.Add(copy);
        }
    }
}
