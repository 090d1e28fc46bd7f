using System.Buffers.Binary;

namespace Weft.Bridge;

/// <summary>A checked view of a MAC-SYNC message.</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct MacSyncView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private MacSyncView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The header.</summary>
    public MacSyncHeader Header => MacSyncHeader.Read(_bytes);

    /// <summary>Number of entries.</summary>
    public int Count => (_bytes.Length - MacSyncHeader.Length) / MacSyncEntry.Length;

    /// <summary>The authentication field.</summary>
    public ReadOnlySpan<byte> Authenticator => _bytes.Slice(MacSyncHeader.AuthenticatorOffset, MacSyncHeader.AuthenticatorLength);

    /// <summary>One entry; it may be nonsense, the receiver judges it.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    public MacSyncEntry this[int index] => MacSyncEntry.Read(_bytes[(MacSyncHeader.Length + (index * MacSyncEntry.Length))..]);

    /// <summary>
    /// Checks magic, version, type and lengths: the entries must fill the message exactly. Authentication is not checked here.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out MacSyncView view)
    {
        view = default;
        if (message.Length is < MacSyncHeader.Length or > MacSyncHeader.MaxMessageLength
            || BinaryPrimitives.ReadUInt32BigEndian(message) != MacSyncHeader.Magic
            || message[4] != MacSyncHeader.Version
            || (MacSyncType)message[5] is < MacSyncType.FullBegin or > MacSyncType.Answer
            || message.Length != MacSyncHeader.Length + (BinaryPrimitives.ReadUInt16BigEndian(message[24..]) * MacSyncEntry.Length))
        {
            return false;
        }

        view = new MacSyncView(message);
        return true;
    }
}
