using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Weft.Host.Observe;
using Weft.Ports;

namespace Weft.Host.Datapath.Handover;

/// <summary>
/// What passes between the two processes after the verb <c>takeover</c>: the offer, <c>ready</c>, the goods, <c>taken</c>, <c>yours</c>. Until <c>yours</c> is
/// sent the old switch goes on if anything fails; the new one reads nothing before it has come. So at no time do both forward, and a failure of the new
/// one at any step costs a pause.
/// </summary>
internal static class HandoverProtocol
{
    public const string Verb = "takeover";

    /// <summary>How long the new process may take to make itself ready, while the old one forwards.</summary>
    public static readonly TimeSpan PreparationPatience = TimeSpan.FromSeconds(60);

    /// <summary>How long the old process stands still at most.</summary>
    public static readonly TimeSpan StandstillPatience = TimeSpan.FromSeconds(5);

    /// <summary>A million learned addresses and as many flows.</summary>
    private const int MaxGoodsBytes = 1 << 30;

    private const int MaxWordBytes = 16;

    public static byte[] Ready => "ready"u8.ToArray();

    public static byte[] Taken => "taken"u8.ToArray();

    public static byte[] Yours => "yours"u8.ToArray();

    public static void Send<T>(DescriptorChannel channel, T message, JsonTypeInfo<T> type, ReadOnlySpan<int> descriptors, TimeSpan patience) =>
        channel.Send(JsonSerializer.SerializeToUtf8Bytes(message, type), descriptors, patience);

    /// <exception cref="IOException">The other side is gone or silent, or says something else.</exception>
    public static T Receive<T>(DescriptorChannel channel, TimeSpan patience, out int[] descriptors)
        where T : class
    {
        (byte[] message, descriptors) = channel.Receive(MaxGoodsBytes, patience);
        try
        {
            return Read<T>(message);
        }
        catch (IOException)
        {
            PortDescriptors.Close(descriptors);
            throw;
        }
    }

    /// <exception cref="IOException">The other side says something else.</exception>
    internal static T Read<T>(ReadOnlySpan<byte> message)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(message, StrictJson.Of<T>()) ?? throw new IOException("the other switch says nothing");
        }
        catch (JsonException failed)
        {
            throw new IOException($"the other switch says what this version does not understand: {failed.Message}", failed);
        }
    }

    /// <exception cref="IOException">The other side is gone or silent, or says something else.</exception>
    public static void Expect(DescriptorChannel channel, ReadOnlySpan<byte> word, TimeSpan patience)
    {
        (byte[] message, int[] descriptors) = channel.Receive(MaxWordBytes, patience);
        PortDescriptors.Close(descriptors);
        if (!message.AsSpan().SequenceEqual(word))
        {
            throw new IOException("the other switch gave up");
        }
    }

    public static SnapshotJsonContext Json => SnapshotJson.Compact;
}
