using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>The ESP packets that DPDK tests its own drivers with.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class DpdkSecurityVectorTests
{
    private const int Sequence = 1;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string line in File.ReadLines(Repository.File("conformance/Encap/Esp/Vectors/dpdk-security-ipsec.tsv")).Where(line => line[0] != '#').Skip(1))
            {
                foreach (AeadProvider provider in AeadProvider.All)
                {
                    cases.Add(line[..line.IndexOf('\t', StringComparison.Ordinal)], provider.Name);
                }
            }

            return cases;
        }
    }

    /// <summary>Below the association, because two of the packets have an SPI that RFC 4303 section 2.1 reserves and an association refuses.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void The_packet_is_made_byte_for_byte_and_opened(string name, string library)
    {
        string[] vector = File.ReadLines(Repository.File("conformance/Encap/Esp/Vectors/dpdk-security-ipsec.tsv")).Select(line => line.Split('\t')).Single(fields => fields[0] == name);
        byte[] key = Convert.FromHexString(vector[1]);
        byte[] nonce = Convert.FromHexString(vector[2] + vector[3]);
        byte[] plain = Convert.FromHexString(vector[4]);
        byte[] packet = Convert.FromHexString(vector[5]);
        AeadAlgorithm algorithm = key.Length == 16 ? AeadAlgorithm.Aes128Gcm : AeadAlgorithm.Aes256Gcm;
        AeadProvider provider = AeadProvider.All.Single(provider => provider.Name == library);
        Assert.SkipUnless(provider.Supports(algorithm), $"{library} is not here: {provider.Description}");

        bool isIPv4 = packet[0] >> 4 == 4;
        Span<byte> esp = packet.AsSpan(isIPv4 ? 20 : 40);
        Assert.Equal((uint)Sequence, BinaryPrimitives.ReadUInt32BigEndian(esp[4..]));
        Assert.Equal(vector[3], Convert.ToHexStringLower(esp.Slice(8, 8)));
        int encrypted = esp.Length - 16 - Aead.TagLength;
        byte[] data = [.. plain, .. Enumerable.Range(1, encrypted - plain.Length - 2).Select(pad => (byte)pad), (byte)(encrypted - plain.Length - 2), (byte)(plain[0] >> 4 == 4 ? 4 : 41)];
        byte[] padded = [.. data];
        byte[] tag = new byte[Aead.TagLength];
        using Aead cipher = provider.Create(algorithm, key);
        cipher.Seal(nonce, esp[..8], data, tag);
        Assert.Equal(Convert.ToHexStringLower(esp[16..]), Convert.ToHexStringLower(data) + Convert.ToHexStringLower(tag));
        Assert.True(cipher.Open(nonce, esp[..8], data, tag));
        Assert.Equal(padded, data);

        uint spi = BinaryPrimitives.ReadUInt32BigEndian(esp);
        var options = new EspSaOptions { Spi = spi, Algorithm = algorithm, KeyMaterial = Convert.FromHexString(vector[1] + vector[2]), Mode = EspMode.Tunnel, Provider = provider };
        if (spi < EspSaOptions.MinSpi)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new EspInboundSa(options));
            return;
        }

        using var inbound = new EspInboundSa(options);
        Assert.Equal(EspStatus.Ok, inbound.Open(esp, out EspPayload payload));
        Assert.Equal(Convert.ToHexStringLower(plain), Convert.ToHexStringLower(esp.Slice(payload.Offset, payload.Length)));
    }
}
