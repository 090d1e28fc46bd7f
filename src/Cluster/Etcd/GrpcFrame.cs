using System.Buffers.Binary;
using Google.Protobuf;

namespace Weft.Cluster.Etcd;

/// <summary>gRPC's framing of messages on an HTTP/2 stream: a byte that says whether the message is compressed, and its length in four.</summary>
internal static class GrpcFrame
{
    private const int HeadBytes = 5;

    /// <summary>Longest message that is accepted: a page of a read or the changes of one commit stay far below.</summary>
    private const int MaxBytes = 64 << 20;

    public static byte[] Write(IMessage message)
    {
        byte[] frame = new byte[HeadBytes + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - HeadBytes);
        message.WriteTo(frame.AsSpan(HeadBytes));
        return frame;
    }

    /// <summary>Reads the next message; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The stream ends inside a message, or the message is compressed, too long or malformed.</exception>
    /// <exception cref="InvalidProtocolBufferException">The message is malformed.</exception>
    public static async ValueTask<T?> ReadAsync<T>(Stream stream, MessageParser<T> parser, CancellationToken cancellation) where T : class, IMessage<T>
    {
        byte[] head = new byte[HeadBytes];
        int read = await stream.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        if (read == 0)
        {
            return null;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(1));
        if (read < HeadBytes || head[0] != 0 || length > MaxBytes)
        {
            throw new InvalidDataException("the member sent no gRPC message, or one that is compressed or too long");
        }

        byte[] body = new byte[length];
        if (await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) < body.Length)
        {
            throw new InvalidDataException("the member's message was cut off");
        }

        try
        {
            return parser.ParseFrom(body);
        }
        catch (Exception malformed) when (malformed is IndexOutOfRangeException or ArgumentException or OverflowException)
        {
            // The library says so of most malformed messages in its own way, but not of a nested one whose length reaches beyond the end.
            throw new InvalidDataException("the member's message is malformed", malformed);
        }
    }
}
