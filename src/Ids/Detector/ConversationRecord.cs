using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>
/// A conversation and one of its messages as bytes that belong to whoever wrote them: how an <see cref="IConversationObserver"/> hands what
/// it is told to another thread, which takes fields out of it at leisure. The bytes mean something in the process that wrote them alone.
/// </summary>
/// <remarks>Writing copies the message as it came, is not taken apart for it, and allocates nothing.</remarks>
public static class ConversationRecord
{
    private static int FixedBytes => Unsafe.SizeOf<ConversationFacts>() + Unsafe.SizeOf<Header>();

    /// <summary>Bytes that a record takes: some 200 and those of the message's heads.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="message">Its message; the default value for none.</param>
    public static int SizeOf(in Conversation conversation, in AppMessage message) =>
        FixedBytes + conversation.RequestHead.Length + conversation.ResponseHead.Length + (WhereDns(in conversation, in message) == DnsPlace.Own ? message.Dns.Length : 0);

    /// <summary>Writes a record.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="message">Its message; the default value for none.</param>
    /// <param name="to">Receives <see cref="SizeOf"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException"><paramref name="to"/> is shorter than that.</exception>
    public static int Write(in Conversation conversation, in AppMessage message, Span<byte> to)
    {
        int size = SizeOf(in conversation, in message);
        if (to.Length < size)
        {
            throw new ArgumentException($"The record has {size} bytes; {nameof(to)} has room for {to.Length}.", nameof(to));
        }

        DnsPlace place = WhereDns(in conversation, in message);
        var header = new Header
        {
            BodyBytes = message.BodyBytes,
            Number = message.Number,
            RequestBytes = conversation.RequestHead.Length,
            ResponseBytes = conversation.ResponseHead.Length,
            DnsBytes = place == DnsPlace.Own ? message.Dns.Length : 0,
            Dns = place,
            IsToServer = message.IsToServer,
            IsWhole = message.IsWhole,
        };
        ConversationFacts facts = conversation.Facts;
        MemoryMarshal.Write(to, in facts);
        MemoryMarshal.Write(to[Unsafe.SizeOf<ConversationFacts>()..], in header);
        Span<byte> rest = to[FixedBytes..];
        conversation.RequestHead.CopyTo(rest);
        conversation.ResponseHead.CopyTo(rest[header.RequestBytes..]);
        message.Dns[..header.DnsBytes].CopyTo(rest[(header.RequestBytes + header.ResponseBytes)..]);
        return size;
    }

    /// <summary>Reads a record.</summary>
    /// <param name="from">What was written.</param>
    /// <param name="conversation">The conversation; good for as long as <paramref name="from"/> is left alone.</param>
    /// <param name="message">Its message, likewise.</param>
    /// <exception cref="ArgumentException"><paramref name="from"/> is too short to be a record.</exception>
    public static void Read(ReadOnlySpan<byte> from, out Conversation conversation, out AppMessage message)
    {
        Header header = from.Length < FixedBytes ? default : MemoryMarshal.Read<Header>(from[Unsafe.SizeOf<ConversationFacts>()..]);
        if (from.Length < FixedBytes || from.Length - FixedBytes < (long)header.RequestBytes + header.ResponseBytes + header.DnsBytes)
        {
            throw new ArgumentException($"{from.Length} bytes are no record.", nameof(from));
        }

        ReadOnlySpan<byte> rest = from[FixedBytes..];
        ReadOnlySpan<byte> request = rest[..header.RequestBytes];
        ReadOnlySpan<byte> response = rest.Slice(header.RequestBytes, header.ResponseBytes);
        conversation = new Conversation(MemoryMarshal.Read<ConversationFacts>(from), request, response);
        ReadOnlySpan<byte> dns = header.Dns switch
        {
            DnsPlace.Request => request,
            DnsPlace.Response => response,
            _ => rest.Slice(header.RequestBytes + header.ResponseBytes, header.DnsBytes),
        };
        message = new AppMessage(header.IsToServer, header.Number, header.BodyBytes, header.IsWhole, dns);
    }

    // A message of DNS is one of the conversation's heads as a rule; it is not copied twice.
    private static DnsPlace WhereDns(in Conversation conversation, in AppMessage message) =>
        message.Dns == conversation.RequestHead ? DnsPlace.Request : message.Dns == conversation.ResponseHead ? DnsPlace.Response : DnsPlace.Own;

    private enum DnsPlace : byte
    {
        Own,
        Request,
        Response,
    }

    private struct Header
    {
        public long BodyBytes;
        public int Number;
        public int RequestBytes;
        public int ResponseBytes;
        public int DnsBytes;
        public DnsPlace Dns;
        public bool IsToServer;
        public bool IsWhole;
    }
}
