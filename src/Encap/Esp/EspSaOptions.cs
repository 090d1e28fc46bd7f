namespace Weft.Encap;

/// <summary>One direction of an ESP security association, as IKE or an operator hands it over.</summary>
public sealed record EspSaOptions
{
    /// <summary>Salt behind the key in the key material (RFC 4106 section 8.1, RFC 7634 section 4).</summary>
    public const int SaltLength = 4;

    /// <summary>Lowest SPI that may be used: 0 is never on the wire and 1 to 255 are reserved (RFC 4303 section 2.1).</summary>
    public const uint MinSpi = 256;

    /// <summary>Security parameters index, 256 to 4,294,967,295.</summary>
    public required uint Spi { get; init; }

    /// <summary>Cipher.</summary>
    public required AeadAlgorithm Algorithm { get; init; }

    /// <summary>Key followed by the four bytes of salt: 20 bytes for AES-128, 36 for the others. Copied; the caller wipes its own.</summary>
    public required ReadOnlyMemory<byte> KeyMaterial { get; init; }

    /// <summary>Transport mode protects what is behind the IP header, tunnel mode a whole IP packet. Default transport.</summary>
    public EspMode Mode { get; init; } = EspMode.Transport;

    /// <summary>Outbound: ports of ESP in UDP (RFC 3948); null, the default, puts ESP right behind the IP header.</summary>
    public EspUdpPorts? Udp { get; init; }

    /// <summary>Inbound: a number of the caller's that comes back with every opened frame, as a rule the peer's. Default 0.</summary>
    public int Owner { get; init; }

    /// <summary>64-bit sequence numbers, of which the wire carries the low half (RFC 4303 section 2.2.1).</summary>
    public bool ExtendedSequence { get; init; }

    /// <summary>No IV on the wire: it is the sequence number (RFC 8750). Saves eight bytes a packet.</summary>
    public bool ImplicitIv { get; init; }

    /// <summary>Inbound: packets that may be out of order, 32 to 8,192. Default 1,024.</summary>
    public int ReplayWindow { get; init; } = 1024;

    /// <summary>Outbound: the first sequence number to use, 1 or what a predecessor would have used next.</summary>
    public ulong FirstSequence { get; init; } = 1;

    /// <summary>
    /// Outbound: the last sequence number that may be used until <see cref="EspOutboundSa.ExtendTo"/> says otherwise; 0, the default, for
    /// the last there is. Who keeps numbers in a file, so that they are not used again after a restart, gives them out in blocks.
    /// </summary>
    public ulong LastSequence { get; init; }

    /// <summary>Packets after which <c>RekeyDue</c> is true.</summary>
    public ulong SoftPackets { get; init; } = ulong.MaxValue;

    /// <summary>Packets after which nothing is sealed or opened any more.</summary>
    public ulong HardPackets { get; init; } = ulong.MaxValue;

    /// <summary>Payload bytes after which <c>RekeyDue</c> is true.</summary>
    public ulong SoftBytes { get; init; } = ulong.MaxValue;

    /// <summary>Payload bytes after which nothing is sealed or opened any more.</summary>
    public ulong HardBytes { get; init; } = ulong.MaxValue;

    /// <summary>Library to use; null for the best one that is present.</summary>
    public AeadProvider? Provider { get; init; }

    /// <summary>Creates the keyed cipher and copies the salt, after every option was checked.</summary>
    internal Aead CreateCipher(Span<byte> salt)
    {
        int keyLength = Aead.KeyLength(Algorithm);
        if (KeyMaterial.Length != keyLength + SaltLength)
        {
            throw new ArgumentException($"KeyMaterial for {Algorithm} has {keyLength} bytes of key and {SaltLength} of salt, not {KeyMaterial.Length} in all", nameof(KeyMaterial));
        }

        if (Spi < MinSpi)
        {
            throw new ArgumentOutOfRangeException(nameof(Spi), Spi, $"Spi must be {MinSpi} to {uint.MaxValue}");
        }

        if (Udp is { } ports && (ports.Source == 0 || ports.Destination == 0))
        {
            throw new ArgumentOutOfRangeException(nameof(Udp), ports, "Udp must have ports 1 to 65535");
        }

        ulong last = ExtendedSequence ? ulong.MaxValue : uint.MaxValue;
        if (FirstSequence == 0 || FirstSequence > last)
        {
            throw new ArgumentOutOfRangeException(nameof(FirstSequence), FirstSequence, $"FirstSequence must be 1 to {last}");
        }

        if (LastSequence > last || (LastSequence != 0 && LastSequence < FirstSequence - 1))
        {
            throw new ArgumentOutOfRangeException(nameof(LastSequence), LastSequence, $"LastSequence must be 0 or FirstSequence - 1 to {last}");
        }

        KeyMaterial.Span[keyLength..].CopyTo(salt);
        return (Provider ?? AeadProvider.Best(Algorithm)).Create(Algorithm, KeyMaterial.Span[..keyLength]);
    }

    /// <summary>Prints everything but the key.</summary>
    public override string ToString() => $"SPI {Spi:x8}, {Algorithm}{(ExtendedSequence ? ", ESN" : "")}{(ImplicitIv ? ", implicit IV" : "")}";
}
