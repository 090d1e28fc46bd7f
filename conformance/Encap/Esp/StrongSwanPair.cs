using System.Globalization;
using System.Text.RegularExpressions;
using Weft.Conformance.Support;
using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>
/// Two strongSwan daemons with their ESP in user space (kernel-libipsec), in namespaces of their own, that have negotiated a
/// tunnel and printed its keys. Disposing ends them.
/// </summary>
internal sealed partial class StrongSwanPair : IDisposable
{
    private const string Charon = "/usr/lib/ipsec/charon";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-swan-").FullName;
    private readonly List<RunningCommand> _daemons = [];

    private StrongSwanPair(NetNamespace left, NetNamespace right) => (Left, Right) = (left, right);

    /// <summary>Namespace of 192.0.2.1, with 10.81.1.1 behind the tunnel. Device <c>wire</c>.</summary>
    public NetNamespace Left { get; }

    /// <summary>Namespace of 192.0.2.2, with 10.81.2.1 behind the tunnel.</summary>
    public NetNamespace Right { get; }

    /// <summary>The association from left to right.</summary>
    public EspSaOptions ToRight { get; private set; } = null!;

    /// <summary>The association from right to left.</summary>
    public EspSaOptions ToLeft { get; private set; } = null!;

    /// <summary>Starts both and negotiates; skips the test if that does not work here.</summary>
    public static StrongSwanPair Start(string proposal, AeadAlgorithm algorithm)
    {
        LiveRequirements.Need("swanctl", "unshare");
        LiveRequirements.NeedTap();
        Assert.SkipUnless(File.Exists(Charon), $"needs {Charon}");
        Assert.SkipUnless(Directory.Exists("/usr/lib/ipsec/plugins") && File.Exists("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so"), "needs strongSwan's plugin kernel-libipsec");
        var pair = new StrongSwanPair(NetNamespace.Create(), NetNamespace.Create());
        try
        {
            pair.Negotiate(proposal, algorithm);
            return pair;
        }
        catch
        {
            pair.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _daemons.ForEach(daemon => daemon.Dispose());
        Left.Dispose();
        Right.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Negotiate(string proposal, AeadAlgorithm algorithm)
    {
        Left.AddVeth("wire", Right, "wire");
        Left.AddAddress("wire", "192.0.2.1/24");
        Right.AddAddress("wire", "192.0.2.2/24");
        Left.AddAddress("lo", "10.81.1.1/24");
        Right.AddAddress("lo", "10.81.2.1/24");
        StartDaemon("a", Left);
        StartDaemon("b", Right);
        Load("a", 1, 2, proposal);
        Load("b", 2, 1, proposal);
        CommandResult initiated = Left.Run("swanctl", "--initiate", "--child", "c", "--timeout", "15", "--uri", Uri("a"));
        Assert.True(initiated.Succeeded, initiated.Output + initiated.Error + Log("a"));

        // The initiator prints: using AES_GCM_16 for encryption; then "encryption initiator key => 20 bytes @ ..." and hex lines.
        Assert.True(Wait.Until(() => Log("a").Contains("inbound ESP SA", StringComparison.Ordinal), TimeSpan.FromSeconds(30)), Log("a"));
        string log = Log("a");
        ToRight = Options(log, "encryption initiator key", OutboundSpi(), algorithm);
        ToLeft = Options(log, "encryption responder key", InboundSpi(), algorithm);

        uint OutboundSpi() => Spi(OutboundLine().Match(log));
        uint InboundSpi() => Spi(InboundLine().Match(log));
        uint Spi(Match match) => match.Success ? uint.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : throw new InvalidOperationException(log);
    }

    private static EspSaOptions Options(string log, string title, uint spi, AeadAlgorithm algorithm)
    {
        int at = log.IndexOf(title, StringComparison.Ordinal);
        Assert.True(at >= 0, log);
        int wanted = Aead.KeyLength(algorithm) + EspSaOptions.SaltLength;
        var key = new List<byte>();
        foreach (string line in log[at..].Split('\n').Skip(1))
        {
            if (key.Count >= wanted)
            {
                break;
            }

            // "12[CHD]    0: 14 88 AE ..  text": at most sixteen bytes a line.
            string bytes = HexLine().Match(line).Groups[1].Value;
            key.AddRange(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        }

        return new EspSaOptions { Spi = spi, Algorithm = algorithm, KeyMaterial = key.Take(wanted).ToArray(), Mode = EspMode.Tunnel };
    }

    private void StartDaemon(string side, NetNamespace where)
    {
        File.WriteAllText(Path.Combine(_folder, side + ".conf"), $$"""
            charon {
              load = random nonce openssl chapoly gcm aes sha1 sha2 hmac kdf pem pkcs1 x509 pubkey kernel-libipsec kernel-netlink socket-default vici updown
              filelog {
                log {
                  path = {{_folder}}/{{side}}.log
                  default = 1
                  chd = 4
                  flush_line = yes
                }
              }
              plugins {
                vici {
                  socket = {{Uri(side)}}
                }
              }
            }
            """);
        string script = $"mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /run/lock && STRONGSWAN_CONF={_folder}/{side}.conf exec {Charon}";
        _daemons.Add(where.Start("unshare", "-m", "sh", "-c", script));
        Assert.True(Wait.Until(() => File.Exists(Path.Combine(_folder, side + ".vici")), TimeSpan.FromSeconds(30)), _daemons[^1].Output + _daemons[^1].Error);
    }

    private void Load(string side, int own, int other, string proposal)
    {
        string file = Path.Combine(_folder, side + ".swanctl");
        File.WriteAllText(file, $$"""
            connections {
              t {
                version = 2
                local_addrs = 192.0.2.{{own}}
                remote_addrs = 192.0.2.{{other}}
                encap = yes
                proposals = aes128-sha256-modp2048
                local {
                  auth = psk
                  id = host{{own}}@example.org
                }
                remote {
                  auth = psk
                  id = host{{other}}@example.org
                }
                children {
                  c {
                    local_ts = 10.81.{{own}}.0/24
                    remote_ts = 10.81.{{other}}.0/24
                    esp_proposals = {{proposal}}
                    mode = tunnel
                  }
                }
              }
            }
            secrets {
              ike-1 {
                secret = "of these two namespaces alone"
              }
            }
            """);
        (own == 1 ? Left : Right).Run("swanctl", "--load-all", "--file", file, "--uri", Uri(side)).Required();
    }

    private string Uri(string side) => $"unix://{_folder}/{side}.vici";

    private string Log(string side)
    {
        string path = Path.Combine(_folder, side + ".log");
        using var reader = new StreamReader(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^\d+\[CHD\]\s+\d+: ((?:[0-9A-F]{2} ?)+)", RegexOptions.CultureInvariant)]
    private static partial Regex HexLine();

    [GeneratedRegex("adding outbound ESP SA\\s+.*SPI 0x([0-9a-f]+)", RegexOptions.CultureInvariant)]
    private static partial Regex OutboundLine();

    [GeneratedRegex("adding inbound ESP SA\\s+.*SPI 0x([0-9a-f]+)", RegexOptions.CultureInvariant)]
    private static partial Regex InboundLine();
}
