using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Host.Config;

namespace Weft.Conformance.ConfigTests;

/// <summary>Keys come from files that are their owner's alone, and no problem tells what is in them.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class KeyFileTests : IDisposable
{
    private const string Key = "000102030405060708090a0b0c0d0e0f";
    private const string Salt = "cafebabe";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-keyfile-").FullName;

    [Theory]
    [InlineData(Key + Salt)]
    [InlineData("# made by hand\n00:01:02:03 04:05:06:07\n08:09:0A:0B 0c:0d:0e:0f # key\ncafebabe\n")]
    public void A_key_and_a_salt_are_read(string text)
    {
        Assert.True(KeyFile.TryRead(Write(text), AeadAlgorithm.Aes128Gcm, out byte[] material, out string problem), problem);
        Assert.Equal(Key + Salt, Convert.ToHexStringLower(material));
    }

    [Theory]
    [InlineData("")]
    [InlineData(Key)]
    [InlineData(Key + Salt + "00")]
    [InlineData(Key + "cafebab")]
    [InlineData(Key + "cafebabx")]
    [InlineData("\0")]
    public void Anything_else_is_refused_without_a_word_of_it(string text)
    {
        Assert.False(KeyFile.TryRead(Write(text), AeadAlgorithm.Aes128Gcm, out _, out string problem));
        Assert.EndsWith("has no 20 octets in hexadecimal, 16 of key and 4 of salt", problem);
        Assert.DoesNotContain("cafe", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_file_is_refused() => Assert.False(KeyFile.TryRead(Write(new string('0', 1 << 20)), AeadAlgorithm.Aes128Gcm, out _, out _));

    [Theory]
    [InlineData(UnixFileMode.GroupRead, "640")]
    [InlineData(UnixFileMode.OtherRead, "604")]
    [InlineData(UnixFileMode.OtherWrite, "602")]
    [InlineData(UnixFileMode.GroupWrite, "620")]
    public void A_file_that_others_may_touch_is_refused(UnixFileMode more, string shown)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes");
        string path = Write(Key + Salt);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        }

        Assert.False(KeyFile.TryRead(path, AeadAlgorithm.Aes128Gcm, out _, out string problem));
        Assert.Contains($"(mode {shown}); expected chmod 600", problem);
    }

    [Fact]
    public void One_key_for_two_associations_is_refused()
    {
        string one = Write(Key + Salt);
        string other = Write(Key + "01020304");
        string text = $$$"""
            schema: weft/1
            switch: {name: leaf1}
            ports:
              - {name: vm1, type: tap, device: vm1, vlan: {mode: access, id: 10}}
              - {name: up0, type: af_packet, device: eth0, role: underlay}
            vteps:
              - name: v1
                port: up0
                address: 172.30.0.1/24
                security:
                  - peer: 172.30.0.3
                    outbound: [{spi: 0x1000, keyFile: "{{{one}}}"}]
                    inbound: [{spi: 0x2000, keyFile: "{{{other}}}"}]
            segments:
              - {name: blue, vlan: 10, vni: 100, vtep: v1, peers: [172.30.0.3]}
            """;
        ConfigurationProblem problem = Assert.Single(ConfigurationFile.ReadText(text, Path.Combine(_folder, "x.yaml")).Problems, p => p.Severity == ProblemSeverity.Error);
        Assert.Contains("the key is that of vteps[0].security[0].outbound[0].keyFile as well", problem.ToString());

        File.WriteAllText(other, string.Concat(Key.Reverse()) + Salt);
        ConfigurationResult result = ConfigurationFile.ReadText(text, Path.Combine(_folder, "x.yaml"));
        SecurityPlan security = Assert.Single(result.Plan!.Vteps[0].Security);
        Assert.Equal((0x1000u, 0x2000u, true, true, 1024), (security.Outbound[0].Spi, security.Inbound[0].Spi, security.UdpEncapsulation, security.ExtendedSequence, security.ReplayWindow));
        Assert.Null(security.Receiver);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string text)
    {
        string path = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }
}
