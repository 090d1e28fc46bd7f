using System.IO.Compression;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>What zlib compressed comes out as it was; what is damaged comes out as far as it goes.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class InflaterTests
{
    private static readonly Gen<byte[]> Texts = Gen.OneOf(
        Gen.Choose(0, 255).Select(value => (byte)value).ListOf().Select(bytes => bytes.ToArray()),
        Gen.Elements("GET ", "Host: example.org\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "<html>", "\0\0\0\0", "0123456789").ListOf(60).Select(words => string.Concat(words).Select(letter => (byte)letter).ToArray()),
        from seed in Gen.Choose(0, 10_000) from length in Gen.Choose(0, 20_000) from letters in Gen.Elements(1, 3, 40, 256) select Noise(seed, length, letters));

    private static readonly Gen<(byte[] Text, CompressionLevel Level)> Cases =
        from text in Texts
        from level in Gen.Elements(CompressionLevel.Optimal, CompressionLevel.Fastest, CompressionLevel.NoCompression, CompressionLevel.SmallestSize)
        select (text, level);

    private readonly Inflater _inflater = new();

    [Fact]
    public void What_zlib_compressed_comes_out_as_it_was_in_each_of_its_frames() => Prop.ForAll(Arb.From(Cases), one =>
    {
        byte[] output = new byte[65_536];
        Assert.Equal(one.Text, output[.._inflater.Raw(Compress(one.Text, stream => new DeflateStream(stream, one.Level)), output)]);
        Assert.Equal(one.Text, output[.._inflater.Deflate(Compress(one.Text, stream => new ZLibStream(stream, one.Level)), output)]);
        Assert.Equal(one.Text, output[.._inflater.Gzip(Compress(one.Text, stream => new GZipStream(stream, one.Level)), output)]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_cut_off_comes_out_as_far_as_it_goes() => Prop.ForAll(Arb.From(Cases), Arb.From(Gen.Choose(0, 100)), (one, percent) =>
    {
        byte[] output = new byte[65_536];
        byte[] compressed = Compress(one.Text, stream => new DeflateStream(stream, one.Level));
        int length = _inflater.Raw(compressed.AsSpan(0, compressed.Length * percent / 100), output);
        Assert.Equal(one.Text[..length], output[..length]);
        Assert.True(percent < 100 || length == one.Text.Length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_small_buffer_is_filled_and_not_more() => Prop.ForAll(Arb.From(Cases), Arb.From(Gen.Choose(0, 300)), (one, room) =>
    {
        byte[] output = new byte[room + 16];
        int length = _inflater.Raw(Compress(one.Text, stream => new DeflateStream(stream, one.Level)), output.AsSpan(0, room));
        Assert.Equal(one.Text.AsSpan(0, Math.Min(room, one.Text.Length)), output.AsSpan(0, length));
        Assert.Equal(new byte[16], output[room..]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void No_bytes_make_it_throw_or_write_beyond_its_buffer() => Prop.ForAll(Arb.From(Texts), data =>
    {
        byte[] output = new byte[1024 + 16];
        Assert.InRange(_inflater.Raw(data, output.AsSpan(0, 1024)), 0, 1024);
        Assert.Equal(new byte[16], output[1024..]);
    }).QuickCheckThrowOnFailure();

    private static byte[] Compress(byte[] text, Func<Stream, Stream> with)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = with(compressed))
        {
            stream.Write(text);
        }

        return compressed.ToArray();
    }

    private static byte[] Noise(int seed, int length, int letters)
    {
        var random = new Random(seed);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            // Skewed, so that codes have all lengths.
            bytes[i] = (byte)(random.Next(letters) * random.Next(letters) / letters);
        }

        return bytes;
    }
}
