using System.Security.Cryptography;

namespace Weft.Encap;

/// <summary>The runtime's own classes: always present, slowest for small packets.</summary>
internal sealed class DotNetProvider : AeadProvider
{
    public override string Name => "dotnet";

    public override string Description => $"System.Security.Cryptography of .NET {Environment.Version}";

    public override bool Supports(AeadAlgorithm algorithm) =>
        algorithm == AeadAlgorithm.ChaCha20Poly1305 ? ChaCha20Poly1305.IsSupported : AesGcm.IsSupported;

    private protected override Aead CreateCore(AeadAlgorithm algorithm, ReadOnlySpan<byte> key) =>
        algorithm == AeadAlgorithm.ChaCha20Poly1305 ? new ChaCha(Name, key) : new Gcm(algorithm, Name, key);

    private sealed class Gcm : Aead
    {
        private readonly AesGcm _cipher;

        public Gcm(AeadAlgorithm algorithm, string provider, ReadOnlySpan<byte> key)
            : base(algorithm, provider) => _cipher = new AesGcm(key, TagLength);

        public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> tag) =>
            _cipher.Encrypt(nonce, data, data, tag, associated);

        public override bool Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> tag)
        {
            try
            {
                _cipher.Decrypt(nonce, data, tag, data, associated);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                // The class has no other way to say so. It costs microseconds and a collection's worth of garbage a forged packet,
                // which is why this provider is the last of the list.
                data.Clear();
                return false;
            }
        }

        protected override void Dispose(bool disposing) => _cipher.Dispose();
    }

    private sealed class ChaCha : Aead
    {
        private readonly ChaCha20Poly1305 _cipher;

        public ChaCha(string provider, ReadOnlySpan<byte> key)
            : base(AeadAlgorithm.ChaCha20Poly1305, provider) => _cipher = new ChaCha20Poly1305(key);

        public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> tag) =>
            _cipher.Encrypt(nonce, data, data, tag, associated);

        public override bool Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> tag)
        {
            try
            {
                _cipher.Decrypt(nonce, data, tag, data, associated);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                data.Clear();
                return false;
            }
        }

        protected override void Dispose(bool disposing) => _cipher.Dispose();
    }
}
