# Each file is one story, run in process on a card that is made for it; e2e/transcripts_reader.py runs them over PC/SC.
file(GLOB transcripts CONFIGURE_DEPENDS ${VUICC_AREA_DIR}/*.apdu)
foreach(transcript ${transcripts})
  get_filename_component(story ${transcript} NAME_WE)
  if(TARGET vuicc-apdu)
    vuicc_script_test(transcript_${story} transcript $<TARGET_FILE:vuicc-apdu> --new-card ${transcript})
  endif()
endforeach()

# The stories of keys are what these programs compute, independently of the card; the index names every story.
foreach(program make_aka make_mbms make_index)
  vuicc_script_test(transcripts_${program} transcript /usr/bin/python3 ${VUICC_AREA_DIR}/${program}.py --check)
endforeach()
