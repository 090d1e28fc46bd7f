using System.Buffers.Binary;

namespace Weft.Sase.Ownership;

/// <summary>One bundle in an announcement.</summary>
/// <param name="Bundle">The bundle.</param>
/// <param name="IsOwner">True if the sender is the owner itself.</param>
/// <param name="IsInSync">An owner's: true if the backup has been told of every flow. A gateway's: true if it heard an owner in this epoch, false if it only wishes for one.</param>
/// <param name="Backup">The node that takes over, <see cref="NoBackup"/> if there is none.</param>
/// <param name="Epoch">The epoch.</param>
internal readonly record struct Announcement(byte Bundle, bool IsOwner, bool IsInSync, byte Backup, Epoch Epoch)
{
    public const int Length = 8;
    public const byte NoBackup = 255;

    /// <summary>Entries that fit in a message.</summary>
    public const int PerMessage = (PopMessage.MaxBytes - PopMessage.Length) / Length;

    public void Write(Span<byte> bytes)
    {
        bytes[0] = Bundle;
        bytes[1] = (byte)((IsOwner ? 1 : 0) | (IsInSync ? 2 : 0));
        bytes[2] = Backup;
        bytes[3] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], Epoch.Value);
    }

    public static Announcement Read(ReadOnlySpan<byte> bytes) =>
        new(bytes[0], (bytes[1] & 1) != 0, (bytes[1] & 2) != 0, bytes[2], new Epoch(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..])));
}
