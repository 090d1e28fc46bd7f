namespace Weft.Host.Config.Document;

/// <summary><c>encryption</c> of a service.</summary>
internal sealed class EncryptionSection : Section
{
    public List<EncryptionPeerSection> Peers { get; } = [];
}
