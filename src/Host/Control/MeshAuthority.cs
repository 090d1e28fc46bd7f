using Weft.Mesh;
using Weft.MeshAgent;

namespace Weft.Host.Control;

/// <summary>A certificate authority in a folder, so that a mesh can be tried with one command. Production certificates come from outside.</summary>
public static class MeshAuthority
{
    /// <summary>Makes an authority.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="trustDomain">Whose members it vouches for.</param>
    /// <exception cref="Datapath.SwitchStartException">It cannot be made; the message says why.</exception>
    public static void Initialize(string folder, string trustDomain) => Run(() => DevelopmentAuthority.Initialize(folder, trustDomain, TimeProvider.System));

    /// <summary>Makes a key and a certificate.</summary>
    /// <param name="authority">Folder of the authority.</param>
    /// <param name="identity">The SPIFFE ID that it names.</param>
    /// <param name="folder">Where to write <c>cert.pem</c>, <c>key.pem</c> and <c>bundle.pem</c>; the ones that are there are replaced.</param>
    /// <param name="life">How long it is valid.</param>
    /// <exception cref="Datapath.SwitchStartException">It cannot be made; the message says why.</exception>
    public static void Issue(string authority, string identity, string folder, TimeSpan life) => Run(() =>
    {
        if (!SpiffeId.TryParse(identity, out SpiffeId id))
        {
            throw new ArgumentException($"'{identity}' is not a SPIFFE ID such as spiffe://mesh.example/web");
        }

        DevelopmentAuthority.Issue(authority, id, folder, life, TimeProvider.System);
    });

    private static void Run(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is ArgumentException or IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new Datapath.SwitchStartException(failure.Message);
        }
    }
}
