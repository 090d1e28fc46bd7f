using System.IO.Pipelines;
using Weft.Conformance.Support;
using Weft.Pcap;

namespace Weft.Conformance.PcapTests;

/// <summary>However the bytes are cut on their way through a pipe, the records are those of the file.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class PipeReadingTests
{
    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public async Task Two_segments_cut_at_any_byte_give_the_packets_of_the_file(string name)
    {
        byte[] file = CaptureFiles.Bytes(name);
        ReadingResult expected = CaptureFiles.Read(file);
        Assert.Equal(PcapError.None, expected.Error);
        for (int cut = 1; cut < file.Length; cut++)
        {
            ReadingResult result = await CaptureFiles.ReadAsync(PipeReader.Create(Segments.Cut(file, cut)));
            Assert.True(expected.SameAs(result), $"cut at {cut}: {result}");
        }
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public async Task Segments_of_one_byte_give_the_packets_of_the_file(string name)
    {
        byte[] file = CaptureFiles.Bytes(name);

        ReadingResult result = await CaptureFiles.ReadAsync(PipeReader.Create(Segments.Cut(file, [.. Enumerable.Range(1, file.Length - 1)])));

        Assert.True(CaptureFiles.Read(file).SameAs(result));
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public async Task Bytes_that_arrive_one_by_one_give_the_packets_of_the_file(string name)
    {
        byte[] file = CaptureFiles.Bytes(name);

        // Inline, so that the reader has seen each byte alone before the next one comes.
        var pipe = new Pipe(new PipeOptions(
            readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, minimumSegmentSize: 16, useSynchronizationContext: false));
        Task<ReadingResult> reading = CaptureFiles.ReadAsync(pipe.Reader);
        foreach (byte one in file)
        {
            await pipe.Writer.WriteAsync(new[] { one }, TestContext.Current.CancellationToken);
        }

        await pipe.Writer.CompleteAsync();

        Assert.True(CaptureFiles.Read(file).SameAs(await reading));
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.AllPcapng), MemberType = typeof(CaptureFiles))]
    public async Task Blocks_come_whole_through_a_pipe(string name)
    {
        byte[] file = CaptureFiles.Bytes(name);
        var reader = new PcapPipeReader(PipeReader.Create(Segments.Cut(file, [.. Enumerable.Range(1, file.Length - 1)])));
        var copy = new MemoryStream();
        while (await reader.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (reader.TryReadBlock(out PcapngBlock block))
            {
                Assert.Equal(copy.Length, block.Offset);
                copy.Write(block.Raw);
            }
        }

        Assert.Equal(PcapError.None, reader.Error);
        Assert.Equal(file, copy.ToArray());
    }

    [Fact]
    public async Task A_cancelled_wait_loses_nothing()
    {
        byte[] file = CaptureFiles.Bytes("usec-le.pcap");
        var pipe = new Pipe();
        var reader = new PcapPipeReader(pipe.Reader);
        await pipe.Writer.WriteAsync(file.AsMemory(0, 200), TestContext.Current.CancellationToken);
        pipe.Reader.CancelPendingRead();
        Assert.False(await reader.WaitToReadAsync(TestContext.Current.CancellationToken));
        await pipe.Writer.WriteAsync(file.AsMemory(200), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();

        int packets = 0;
        while (await reader.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (reader.TryRead(out _))
            {
                packets++;
            }
        }

        Assert.Equal(6, packets);
        Assert.Equal(PcapError.None, reader.Error);
    }
}
