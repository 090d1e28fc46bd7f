namespace Weft.Pcap;

/// <summary>A Decryption Secrets Block (draft-ietf-opsawg-pcapng): keys that travel with the packets they decrypt.</summary>
public readonly ref struct PcapngSecrets
{
    /// <summary>Secrets type of a TLS key log in the NSS format.</summary>
    public const uint TlsKeyLog = 0x544C_534B;

    /// <summary>Secrets type of a WireGuard key log.</summary>
    public const uint WireGuardKeyLog = 0x5747_4B4C;

    private const int FixedBytes = 8;

    private PcapngSecrets(uint type, ReadOnlySpan<byte> data, PcapngOptions options)
    {
        Type = type;
        Data = data;
        Options = options;
    }

    /// <summary>What the secrets are.</summary>
    public uint Type { get; }

    /// <summary>The secrets, in a format that the type implies.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>The options of the block.</summary>
    public PcapngOptions Options { get; }

    /// <summary>Sees a block as secrets.</summary>
    /// <returns>False if it is another type of block, or its secrets run past it.</returns>
    public static bool TryParse(in PcapngBlock block, out PcapngSecrets secrets)
    {
        secrets = default;
        ReadOnlySpan<byte> body = block.Type == PcapngBlockType.DecryptionSecrets ? block.Body : default;
        if (body.Length < FixedBytes)
        {
            return false;
        }

        uint length = ByteOrder.ReadUInt32(body[4..], block.Swapped);
        if (length > (uint)(body.Length - FixedBytes))
        {
            return false;
        }

        int options = FixedBytes + (((int)length + 3) & ~3);
        secrets = new PcapngSecrets(
            ByteOrder.ReadUInt32(body, block.Swapped), body.Slice(FixedBytes, (int)length), new PcapngOptions(body[options..], block.Swapped));
        return true;
    }
}
