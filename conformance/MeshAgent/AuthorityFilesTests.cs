using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.MeshAgent;
using Weft.MeshAgent.Certificates;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>What somebody finds who reads a folder of certificates while another writes it, or after that one was killed.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class AuthorityFilesTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public void An_authority_that_was_killed_before_its_key_was_written_is_begun_again()
    {
        using var folder = new TemporaryFolder();
        DevelopmentAuthority.Initialize(folder.Path, AgentBed.TrustDomain, TimeProvider.System);
        string key = Path.Combine(folder.Path, DevelopmentAuthority.KeyName);
        File.Delete(key);
        DevelopmentAuthority.Initialize(folder.Path, AgentBed.TrustDomain, TimeProvider.System);
        using var whole = X509Certificate2.CreateFromPemFile(Path.Combine(folder.Path, DevelopmentAuthority.CertificateName), key);
        Assert.Throws<IOException>(() => DevelopmentAuthority.Initialize(folder.Path, AgentBed.TrustDomain, TimeProvider.System));
    }

    [Theory]
    [InlineData("old")]
    [InlineData("new")]
    public void A_key_file_with_the_key_of_the_certificate_and_the_next_one_fits_both(string certificate)
    {
        using var old = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        (CertificateFiles first, CertificateFiles second) = (Issue(folder.Path, old.Path), Issue(folder.Path, folder.Path));
        string both = File.ReadAllText(second.Key) + File.ReadAllText(first.Key);
        File.WriteAllText(second.Key, both);
        if (certificate == "old")
        {
            File.Copy(first.Certificate, second.Certificate, overwrite: true);
        }

        MeshIdentity identity = MeshIdentity.Load(second, TimeProvider.System);
        using ECDsa? signs = identity.Leaf.GetECDsaPrivateKey();
        Assert.NotNull(signs);
    }

    [Fact]
    public void A_key_file_without_the_key_of_the_certificate_is_refused_by_name()
    {
        using var old = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        (CertificateFiles first, CertificateFiles second) = (Issue(folder.Path, old.Path), Issue(folder.Path, folder.Path));
        File.WriteAllText(second.Key, File.ReadAllText(first.Key) + File.ReadAllText(first.Key));
        Assert.Contains(second.Key, Assert.Throws<InvalidDataException>(() => MeshIdentity.Load(second, TimeProvider.System)).Message, StringComparison.Ordinal);
        File.WriteAllText(second.Key, "no key at all\n");
        Assert.Contains(second.Key, Assert.Throws<InvalidDataException>(() => MeshIdentity.Load(second, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_else_can_read_a_key_though_a_file_that_all_can_read_was_left_in_its_place()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var folder = new TemporaryFolder();
        CertificateFiles files = CertificateFiles.InFolder(folder.Path, AgentBed.TrustDomain);
        File.WriteAllText(files.Key + ".new", "left behind");
        File.SetUnixFileMode(files.Key + ".new", OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        _ = Issue(folder.Path, folder.Path);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(files.Key));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.new"));
        Assert.Single(File.ReadAllText(files.Key).Split('\n'), line => line.StartsWith("-----BEGIN", StringComparison.Ordinal));
    }

    private static CertificateFiles Issue(string authority, string folder)
    {
        if (!File.Exists(Path.Combine(authority, DevelopmentAuthority.KeyName)))
        {
            DevelopmentAuthority.Initialize(authority, AgentBed.TrustDomain, TimeProvider.System);
        }

        DevelopmentAuthority.Issue(authority, AgentBed.Id("web"), folder, TimeSpan.FromHours(1), TimeProvider.System);
        return CertificateFiles.InFolder(folder, AgentBed.TrustDomain);
    }
}
