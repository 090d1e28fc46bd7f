using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>Every cipher provider against Wycheproof's and NIST's vectors and against the others.</summary>
public sealed class AeadTests
{
    public static TheoryData<string> Providers => [.. AeadProvider.All.Select(provider => provider.Name)];

    [Theory, Trait(Kind.Key, Kind.Rfc), MemberData(nameof(Providers))]
    public void Wycheproof_AES_GCM(string name) => CheckVectors(name, "wycheproof-aes-gcm.tsv", 133, bits => bits == 128 ? AeadAlgorithm.Aes128Gcm : AeadAlgorithm.Aes256Gcm);

    [Theory, Trait(Kind.Key, Kind.Rfc), MemberData(nameof(Providers))]
    public void Nist_CAVP_AES_GCM(string name) => CheckVectors(name, "nist-cavp-aes-gcm.tsv", 785, bits => bits == 128 ? AeadAlgorithm.Aes128Gcm : AeadAlgorithm.Aes256Gcm);

    // The direct functions of ipsec-mb that we call are AES-GCM's alone.
    [Theory, Trait(Kind.Key, Kind.Rfc), InlineData("openssl"), InlineData("dotnet")]
    public void Wycheproof_ChaCha20_Poly1305(string name) => CheckVectors(name, "wycheproof-chacha20-poly1305.tsv", 316, _ => AeadAlgorithm.ChaCha20Poly1305);

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void All_providers_agree_for_any_length_and_alignment()
    {
        var cases = Arb.From(
            from algorithm in Gen.Elements(Enum.GetValues<AeadAlgorithm>())
            from length in Gen.Frequency((8, Gen.Choose(0, 300)), (2, Gen.Choose(0, 9000)))
            from shift in Gen.Choose(0, 15)
            from associated in Gen.Elements(0, 8, 12, 20)
            from seed in Gen.Choose(0, int.MaxValue)
            select (algorithm, length, shift, associated, seed));
        Prop.ForAll(cases, c =>
        {
            var random = new Random(c.seed);
            byte[] key = new byte[Aead.KeyLength(c.algorithm)];
            byte[] nonce = new byte[Aead.NonceLength];
            byte[] associated = new byte[c.associated];
            byte[] plain = new byte[c.length];
            random.NextBytes(key);
            random.NextBytes(nonce);
            random.NextBytes(associated);
            random.NextBytes(plain);
            byte[]? first = null;
            foreach (AeadProvider provider in AeadProvider.All.Where(p => p.Supports(c.algorithm)))
            {
                using Aead cipher = provider.Create(c.algorithm, key);
                byte[] buffer = new byte[c.shift + c.length + Aead.TagLength];
                plain.CopyTo(buffer, c.shift);
                Span<byte> data = buffer.AsSpan(c.shift, c.length);
                Span<byte> tag = buffer.AsSpan(c.shift + c.length);
                cipher.Seal(nonce, associated, data, tag);
                byte[] result = buffer[c.shift..];
                first ??= result;
                Assert.Equal(first, result);
                Assert.True(cipher.Open(nonce, associated, data, tag));
                Assert.True(data.SequenceEqual(plain));

                cipher.Seal(nonce, associated, data, tag);
                buffer[random.Next(c.shift, buffer.Length)] ^= (byte)(1 << random.Next(8));
                Assert.False(cipher.Open(nonce, associated, data, tag));
                Assert.False(data.ContainsAnyExcept((byte)0), $"{provider.Name} left bytes of a forged packet behind");
            }
        }).Check(Chance.Of(400));
    }

    [Theory, Trait(Kind.Key, Kind.Alloc), MemberData(nameof(Providers))]
    public void Sealing_and_opening_allocate_nothing(string name)
    {
        foreach (AeadAlgorithm algorithm in Enum.GetValues<AeadAlgorithm>())
        {
            AeadProvider provider = AeadProvider.All.Single(p => p.Name == name);
            if (!provider.Supports(algorithm))
            {
                continue;
            }

            using Aead cipher = provider.Create(algorithm, new byte[Aead.KeyLength(algorithm)]);
            byte[] buffer = new byte[1400 + Aead.TagLength];
            byte[] nonce = new byte[Aead.NonceLength];
            Assert.Equal(0, Allocations.Of(() =>
            {
                for (int i = 0; i < 2_000; i++)
                {
                    nonce[^1] = (byte)i;
                    cipher.Seal(nonce, default, buffer.AsSpan(0, 1400), buffer.AsSpan(1400));
                    cipher.Open(nonce, default, buffer.AsSpan(0, 1400), buffer.AsSpan(1400));
                }
            }));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_key_of_another_length_is_refused_at_once()
    {
        foreach (AeadProvider provider in AeadProvider.All)
        {
            Assert.Contains("16 bytes", Assert.Throws<ArgumentException>(() => provider.Create(AeadAlgorithm.Aes128Gcm, new byte[20])).Message);
        }
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void One_provider_is_always_there_for_every_algorithm()
    {
        foreach (AeadAlgorithm algorithm in Enum.GetValues<AeadAlgorithm>())
        {
            Assert.True(AeadProvider.All[^1].Supports(algorithm));
            Assert.NotNull(AeadProvider.Best(algorithm));
        }
    }

    private static void CheckVectors(string name, string file, int count, Func<int, AeadAlgorithm> algorithmOf)
    {
        AeadProvider provider = AeadProvider.All.Single(p => p.Name == name);
        int run = 0;
        int supported = 0;
        foreach (string line in File.ReadLines(Repository.File($"conformance/Encap/Esp/Vectors/{file}")).Where(line => line[0] != '#'))
        {
            string[] cells = line.Split('\t');
            byte[] key = Convert.FromHexString(cells[2]);
            AeadAlgorithm algorithm = algorithmOf(key.Length * 8);
            run++;
            if (!provider.Supports(algorithm))
            {
                continue;
            }

            supported++;
            byte[] nonce = Convert.FromHexString(cells[3]);
            byte[] associated = Convert.FromHexString(cells[4]);
            byte[] plain = Convert.FromHexString(cells[5]);
            byte[] sealedBytes = Convert.FromHexString(cells[6]);
            byte[] tag = Convert.FromHexString(cells[7]);
            using Aead cipher = provider.Create(algorithm, key);
            byte[] data = [.. sealedBytes];
            bool valid = cells[1] == "valid";
            Assert.True(valid == cipher.Open(nonce, associated, data, tag), $"{name}: {file} case {cells[0]} is {cells[1]}");
            if (valid)
            {
                Assert.Equal(plain, data);
                byte[] computed = new byte[Aead.TagLength];
                cipher.Seal(nonce, associated, data, computed);
                Assert.Equal(sealedBytes, data);
                Assert.Equal(tag, computed);
            }
        }

        Assert.Equal(count, run);
        Assert.SkipWhen(supported == 0, $"{name} does not do this cipher here: {provider.Description}");
    }
}
