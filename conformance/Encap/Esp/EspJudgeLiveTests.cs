using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>Our sealed frames, judged by programs that decrypt them on their own.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class EspJudgeLiveTests
{
    private const int Packets = 12;

    private const string ScapyJudge = """
        import sys
        from scapy.all import rdpcap, Ether, IP, IPv6, UDP, ESP, raw
        from scapy.layers.ipsec import SecurityAssociation
        path, spi, key, esn, encap = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3]), sys.argv[4] == 'True', sys.argv[5] == 'True'
        sa = SecurityAssociation(ESP, spi=spi, crypt_algo='AES-GCM', crypt_key=key, esn_en=esn, esn=0,
                                 nat_t_header=UDP(dport=4500) if encap else None)
        for frame in rdpcap(path):
            ip = frame[IPv6] if IPv6 in frame else frame[IP]
            plain = sa.decrypt(ip.__class__(raw(ip)))
            print(raw(frame)[:14].hex() + raw(plain).hex())
        """;

    [Theory]
    [InlineData(AeadAlgorithm.Aes128Gcm, true)]
    [InlineData(AeadAlgorithm.Aes256Gcm, true)]
    [InlineData(AeadAlgorithm.Aes128Gcm, false)]
    public void Tshark_decrypts_what_we_seal_and_finds_the_tunnel_inside(AeadAlgorithm algorithm, bool inUdp)
    {
        LiveRequirements.NeedPrograms("tshark");
        EspSaOptions options = Options(algorithm, inUdp);
        WithCapture(options, TunnelVectors.OvsVxlan, path =>
        {
            string key = Convert.ToHexStringLower(options.KeyMaterial.Span);
            CommandResult judged = Command.Run(
                "tshark", "-r", path, "-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE", "-o", "ip.check_checksum:TRUE",
                "-o", $"uat:esp_sa:\"IPv4\",\"*\",\"*\",\"0x{options.Spi:x8}\",\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x{key}\",\"NULL\",\"\",\"32-bit\",\"\"",
                "-T", "fields", "-E", "separator=;", "-E", "occurrence=a", "-e", "esp.spi", "-e", "esp.sequence", "-e", "vxlan.vni", "-e", "ip.checksum.status", "-e", "esp.icv_good", "-e", "udp.length").Required();
            string[] lines = judged.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Packets, lines.Length);
            for (int i = 0; i < Packets; i++)
            {
                string[] fields = lines[i].Trim().Split(';');
                Assert.Equal($"0x{options.Spi:x8}", fields[0]);
                Assert.Equal($"{i + 1}", fields[1]);
                Assert.Equal("456", fields[2]);
                Assert.Equal("1", fields[3].Split(',')[0]); // good; that of the inner packet is as Open vSwitch was given it
                Assert.Equal("1", fields[4]);
            }
        });
    }

    [Theory]
    [InlineData(TunnelVectors.OvsVxlan, true, false)]
    [InlineData(TunnelVectors.OvsVxlan, false, true)]
    [InlineData(TunnelVectors.OvsVxlan, true, true)]
    [InlineData(TunnelVectors.OvsGeneveIPv6, false, false)]
    [InlineData(TunnelVectors.OvsGeneveIPv6, false, true)]
    public void Scapy_decrypts_to_the_very_bytes_that_were_sealed(string frame, bool inUdp, bool extended)
    {
        LiveRequirements.NeedPrograms("/usr/bin/python3");
        Assert.SkipUnless(Command.Run("/usr/bin/python3", "-c", "import scapy.layers.ipsec, cryptography").Succeeded, "needs python3-scapy and python3-cryptography");
        EspSaOptions options = Options(AeadAlgorithm.Aes128Gcm, inUdp) with { ExtendedSequence = extended };
        WithCapture(options, frame, path =>
        {
            string key = Convert.ToHexStringLower(options.KeyMaterial.Span);
            CommandResult judged = Command.Run("/usr/bin/python3", "-c", ScapyJudge, path, $"{options.Spi}", key, $"{extended}", $"{inUdp}").Required();
            string[] lines = judged.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Packets, lines.Length);
            Assert.All(lines, line => Assert.Equal(frame, line.Trim()));
        });
    }

    private static EspSaOptions Options(AeadAlgorithm algorithm, bool inUdp) => new()
    {
        Spi = 0x00c0ffee,
        Algorithm = algorithm,
        KeyMaterial = Enumerable.Range(1, Aead.KeyLength(algorithm) + EspSaOptions.SaltLength).Select(i => (byte)(i * 7)).ToArray(),
        Udp = inUdp ? new EspUdpPorts(50_123) : null,
    };

    private static void WithCapture(EspSaOptions options, string original, Action<string> judge)
    {
        string path = Path.Combine(Path.GetTempPath(), $"weft-esp-{Guid.NewGuid():N}.pcap");
        try
        {
            using (PcapWriter writer = PcapWriter.Create(path))
            using (var sa = new EspOutboundSa(options))
            {
                for (int i = 0; i < Packets; i++)
                {
                    writer.WritePacket(Timestamp.FromSeconds(i), EspFrameTests.Sealed(sa, Convert.FromHexString(original), out _));
                }
            }

            judge(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
