using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weft.MeshAgent.Certificates;

/// <summary>
/// What a file of private keys has in it. While a certificate is replaced it holds the old key and the new one: two files cannot be replaced at
/// once, and whoever reads between must find the key of the certificate that is there.
/// </summary>
internal static class KeyFile
{
    private static readonly string[] Labels = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"];

    /// <summary>The certificate with the first key that is its own.</summary>
    /// <param name="leaf">The certificate.</param>
    /// <param name="pem">The keys.</param>
    /// <param name="key">The key that was taken, as it is written.</param>
    /// <exception cref="CryptographicException">No key can be read.</exception>
    /// <exception cref="ArgumentException">There is no key, or none is the certificate's.</exception>
    /// <exception cref="InvalidOperationException">The certificate has a key of another kind.</exception>
    public static X509Certificate2 Join(X509Certificate2 leaf, string pem, out string key)
    {
        for (int start = 0; PemEncoding.TryFind(pem.AsSpan(start), out PemFields found);)
        {
            string block = pem[start..][found.Location], label = pem[start..][found.Label];
            start += found.Location.End.Value;
            try
            {
                if (Labels.Contains(label))
                {
                    key = block;
                    return JoinOne(leaf, block);
                }
            }
            catch (Exception notIts) when ((notIts is ArgumentException or CryptographicException or InvalidOperationException) && PemEncoding.TryFind(pem.AsSpan(start), out _))
            {
                // Another's, perhaps that of the certificate which was here before, or will be.
            }
        }

        key = pem;
        return JoinOne(leaf, pem);
    }

    private static X509Certificate2 JoinOne(X509Certificate2 leaf, string pem)
    {
        using ECDsa? publicKey = leaf.GetECDsaPublicKey();
        if (publicKey is not null)
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            return leaf.CopyWithPrivateKey(ecdsa);
        }

        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return leaf.CopyWithPrivateKey(rsa);
    }
}
