using System.Security.Cryptography;

namespace Weft.Bridge;

/// <summary>HMAC-SHA-256, truncated (RFC 2104 section 5), over a message without its authentication field.</summary>
internal sealed class MessageAuthenticator : IDisposable
{
    public const int Length = MacSyncHeader.AuthenticatorLength;

    private readonly IncrementalHash? _hmac;

    /// <param name="key">The pair's secret; empty to send zeros and take anything.</param>
    public MessageAuthenticator(ReadOnlySpan<byte> key) =>
        _hmac = key.IsEmpty ? null : IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

    /// <summary>Fills the authentication field of a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="field">Where the field is.</param>
    public void Sign(Span<byte> message, int field)
    {
        if (_hmac is not null)
        {
            Span<byte> code = stackalloc byte[SHA256.HashSizeInBytes];
            Compute(message, field, code);
            code[..Length].CopyTo(message[field..]);
        }
    }

    /// <summary>True if the authentication field is right; takes as long whether it is or not.</summary>
    public bool Verify(ReadOnlySpan<byte> message, int field)
    {
        if (_hmac is null)
        {
            return true;
        }

        Span<byte> code = stackalloc byte[SHA256.HashSizeInBytes];
        Compute(message, field, code);
        return CryptographicOperations.FixedTimeEquals(code[..Length], message.Slice(field, Length));
    }

    public void Dispose() => _hmac?.Dispose();

    private void Compute(ReadOnlySpan<byte> message, int field, Span<byte> code)
    {
        _hmac!.AppendData(message[..field]);
        _hmac.AppendData(message[(field + Length)..]);
        _ = _hmac.GetHashAndReset(code);
    }
}
