using Weft.Conformance.Support;
using Weft.Encap;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>What machines say in secret, judged by a program that decrypts and encrypts on its own.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class EncryptionJudgeLiveTests
{
    /// <summary>Prints what is inside the frames of a capture, and then a frame of its own for each, with the ends exchanged.</summary>
    private const string Scapy = """
        import sys
        from scapy.all import rdpcap, Ether, IP, UDP, ESP, Raw, raw
        from scapy.layers.ipsec import SecurityAssociation
        path, tunnel, there, there_key, back, back_key = sys.argv[1], sys.argv[2] == 'Tunnel', int(sys.argv[3]), sys.argv[4], int(sys.argv[5]), sys.argv[6]
        def association(spi, key, source, destination):
            return SecurityAssociation(ESP, spi=spi, crypt_algo='AES-GCM', crypt_key=bytes.fromhex(key), esn_en=True, esn=0,
                                       tunnel_header=IP(src=source, dst=destination) if tunnel else None)
        frames = rdpcap(path)
        source, destination = frames[0][IP].src, frames[0][IP].dst
        to, fro = association(there, there_key, source, destination), association(back, back_key, destination, source)
        for frame in frames:
            print(raw(frame)[:14].hex() + raw(to.decrypt(IP(raw(frame[IP])))).hex())
        for number, frame in enumerate(frames):
            answer = IP(src=destination, dst=source) / UDP(sport=53, dport=1000 + number) / Raw(b'answer %d' % number)
            sealed = fro.encrypt(IP(raw(answer)))
            head = raw(frame)
            print((head[6:12] + head[:6] + head[12:14] + raw(sealed)).hex())
        """;

    [Theory]
    [InlineData(EspMode.Transport)]
    [InlineData(EspMode.Tunnel)]
    public void Scapy_decrypts_to_the_very_packets_of_the_machine_and_its_own_are_opened(EspMode mode)
    {
        LiveRequirements.NeedPrograms("/usr/bin/python3");
        Assert.SkipUnless(Command.Run("/usr/bin/python3", "-c", "import scapy.layers.ipsec, cryptography").Succeeded, "needs python3-scapy and python3-cryptography");
        using var lab = new EncryptionLab(EncryptionLab.Shape with { Mode = mode }, MachinePlans.Connections, MachinePlans.Firewall());
        byte[][] questions = [.. Enumerable.Range(1000, 8).Select(port => Udp(Machine, (ushort)port, Remote, 53, payload: port - 980))];
        string path = lab.Capture(lab.Seal(questions));

        string[] lines = Command.Run("/usr/bin/python3", "-c", Scapy, path, $"{mode}", $"{EncryptionLab.ToRight}", EncryptionLab.Key(EncryptionLab.ToRight), $"{EncryptionLab.ToLeft}", EncryptionLab.Key(EncryptionLab.ToLeft))
            .Required().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(questions.Select(Convert.ToHexStringLower), lines[..questions.Length].Select(line => line.Trim()));
        foreach (string line in lines[questions.Length..])
        {
            lab.Left.Pass(TestPlans.Web2, Convert.FromHexString(line.Trim()));
        }

        List<byte[]> answers = lab.Left.Out(TestPlans.Web1);
        Assert.Equal(Enumerable.Range(0, 8).Select(number => $"answer {number}"), answers.Select(answer => System.Text.Encoding.ASCII.GetString(answer.AsSpan(42)).TrimEnd('\0')));
        Assert.Empty(lab.Left.Drops());
    }
}
